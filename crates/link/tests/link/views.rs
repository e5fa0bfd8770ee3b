//! What the engine tells by itself.

use domain::{PlaceNumber, SaleId};
use futures_util::future::join_all;
use link::RemoteSale;
use sale::{Command, Pace};

use crate::stage::{SALE, Stage, account, begin, hold, join, plan, sale_of, settings, until, within};

/// A hundred commands of one kind or another, from a seed.
async fn change_something(sale: &RemoteSale, seed: u128) {
    let mut state = seed;
    let mut next = move |below: u128| {
        state = state.wrapping_mul(0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645).wrapping_add(1);
        (state >> 80) % below
    };
    let commands: Vec<_> = (0..100)
        .map(|_| {
            let who = account(1 + next(3_000));
            match next(4) {
                0 => Command::Leave { account: who },
                1 => Command::ReleaseHold { account: who },
                2 => Command::Join { account: who },
                _ => hold(1 + next(400), &[next(1_000) as u32]),
            }
        })
        .map(|command| {
            let sale = sale.clone();
            begin(async move { sale.submit(command).await })
        })
        .collect();
    within(join_all(commands)).await.into_iter().for_each(|outcome| drop(outcome.unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_view_is_the_engines_after_many_changes() {
    let stage = Stage::open(Pace { capacity: Some(400), ..Pace::default() }, 1_000).await;
    let link = stage.gateway("gateway-1").await;
    let sale = sale_of(&link);
    let accounts = (1..=3_000).map(account).collect();
    sale.submit(Command::JoinMany { accounts }).await.unwrap().unwrap();
    // Everything of a view is in its debug form: every word of the bitmap, every seat, every count.
    let same = || format!("{:?}", sale.view()) == format!("{:?}", stage.handle.view());
    for round in 1..=12 {
        let version = sale.view().version;
        change_something(&sale, round).await;
        until(|| sale.view().version > version && same()).await;
    }
    let view = sale.view();
    assert!(view.left.ones() > 100 && view.seats.iter().any(|seats| *seats != 0), "something has changed");
    assert_eq!(view.ahead(PlaceNumber(2_000)), stage.handle.view().ahead(PlaceNumber(2_000)));
    // A gateway that comes later sees the same.
    let late = sale_of(&stage.gateway("gateway-2").await);
    assert_eq!(format!("{:?}", late.view()), format!("{view:?}"));
}

#[tokio::test]
async fn whoever_is_concerned_is_woken() {
    let stage = Stage::open(Pace { capacity: Some(1), ..Pace::default() }, 10).await;
    let (one, two) = (stage.gateway("gateway-1").await, stage.gateway("gateway-2").await);
    let (here, there) = (sale_of(&one), sale_of(&two));
    let mut wakes = there.wakes();
    within(join_all((1..=3).map(|number| join(&here, number)))).await;
    let (mut accounts, mut through) = (vec![], None);
    while through.is_none() || accounts.len() < 3 {
        let wake = within(wakes.recv()).await.unwrap();
        accounts.extend(wake.accounts.clone());
        through = through.max(wake.admitted_through);
    }
    assert_eq!((accounts, through), ((1..=3).map(account).collect(), Some(1)));
    here.submit(Command::Leave { account: account(3) }).await.unwrap().unwrap();
    let wake = within(wakes.recv()).await.unwrap();
    assert_eq!((wake.places.as_slice(), wake.all), (&[PlaceNumber(3)][..], false));
    here.submit(Command::Pause).await.unwrap().unwrap();
    assert!(within(wakes.recv()).await.unwrap().all);
}

#[tokio::test]
async fn a_sale_made_later_appears() {
    let stage = Stage::open(Pace::default(), 10).await;
    let link = stage.gateway("gateway-1").await;
    let second = SaleId::new(2);
    assert!(link.sale(second).is_none());
    stage.engine.create(settings(second, Pace::default()), plan(20)).await.unwrap();
    let mut sales = link.sales();
    within(sales.wait_for(|sales| sales.len() == 2)).await.unwrap();
    assert_eq!(*sales.borrow(), [SALE, second]);
    let sale = link.sale(second).unwrap();
    assert_eq!((sale.view().sale, sale.view().stock().of(sale::floor::Kind::Free)), (second, 20));
    assert!(sale.submit(Command::Join { account: account(1) }).await.unwrap().is_ok());
}
