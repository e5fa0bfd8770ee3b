//! Questions and answers.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{CommandId, SaleId};
use engine::Unavailable;
use futures_util::future::join_all;
use sale::{Command, Pace, Rejection, Request, RequestKey};

use crate::proxy::Proxy;
use crate::stage::{NOW, SALE, Stage, account, begin, connected, gateway_to, hold, join, number_of, sale_of, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_joins_of_one_gateway_keep_their_order_and_travel_together() {
    let stage = Stage::open(Pace::default(), 10).await;
    let proxy = Proxy::before(stage.address).await;
    let link = connected(gateway_to(proxy.address, "gateway-1")).await;
    let sale = sale_of(&link);
    let joins: Vec<_> = (1..=10_000).map(|number| join(&sale, number)).collect();
    let numbers: Vec<_> = within(join_all(joins)).await.into_iter().map(|it| number_of(it.unwrap())).collect();
    assert_eq!(numbers, (1..=10_000).collect::<Vec<_>>());
    let (questions, answers) = (proxy.questions_per_frame(), proxy.answers_per_frame());
    assert_eq!((questions.iter().sum::<usize>(), answers.iter().sum::<usize>()), (10_000, 10_000));
    assert!(questions.len() < 1_000 && answers.len() < 1_000, "{} and {} frames", questions.len(), answers.len());
    assert!(questions.iter().chain(&answers).all(|items| *items <= 1_024));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_stand_in_one_line() {
    let stage = Stage::open(Pace::default(), 10).await;
    let (one, two) = (stage.gateway("gateway-1").await, stage.gateway("gateway-2").await);
    let (sale_one, sale_two) = (sale_of(&one), sale_of(&two));
    let (mut of_one, mut of_two) = (vec![], vec![]);
    for number in 1..=1_000 {
        of_one.push(join(&sale_one, number));
        of_two.push(join(&sale_two, 1_000 + number));
    }
    let numbers = |outcomes: Vec<_>| outcomes.into_iter().map(|it: Result<_, _>| number_of(it.unwrap())).collect();
    let (of_one, of_two) = within(async { (join_all(of_one).await, join_all(of_two).await) }).await;
    let (of_one, of_two): (Vec<u32>, Vec<u32>) = (numbers(of_one), numbers(of_two));
    assert!(of_one.is_sorted() && of_two.is_sorted());
    let all: BTreeSet<_> = of_one.iter().chain(&of_two).copied().collect();
    assert_eq!(all, (1..=2_000).collect());
    // A second device at the other gateway shows the same place.
    assert_eq!(within(sale_two.place(account(5))).await.unwrap().unwrap().number.0, of_one[4]);
    assert_eq!(number_of(within(join(&sale_two, 5)).await.unwrap()), of_one[4]);
}

#[tokio::test]
async fn a_look_sees_what_was_commanded_before_it() {
    let stage = Stage::open(Pace::default(), 10).await;
    let sale = sale_of(&stage.gateway("gateway-1").await);
    let mut looks = vec![];
    let mut others = vec![];
    for number in 1..=200 {
        let (sale, who) = (sale.clone(), account(number));
        let before = sale.clone();
        others.push(begin(async move { before.place(who).await.map(|place| assert_eq!(place, None)) }));
        let joining = join(&sale, number);
        others.push(begin(async move { joining.await.map(drop) }));
        looks.push(begin(async move { sale.own(who, None).await }));
    }
    for (look, number) in within(join_all(looks)).await.into_iter().zip(1..) {
        let (place, order) = look.unwrap();
        assert_eq!((place.unwrap().number.0, order), (number, None));
    }
    within(join_all(others)).await.into_iter().for_each(Result::unwrap);
}

#[tokio::test]
async fn a_repeated_key_gives_the_same_answer_and_a_refusal_its_reason() {
    let stage = Stage::open(Pace::default(), 10).await;
    let sale = sale_of(&stage.gateway("gateway-1").await);
    for number in 1..=2 {
        number_of(within(join(&sale, number)).await.unwrap());
    }
    let command = hold(1, &[3]);
    let request = || Request { key: Some(RequestKey::new(CommandId::new(9), &command)), command: command.clone() };
    let first = sale.submit(request()).await.unwrap().unwrap();
    assert_eq!(sale.submit(request()).await.unwrap().unwrap(), first);
    let taken = sale.submit(hold(2, &[3])).await.unwrap();
    assert!(matches!(taken, Err(Rejection::SeatTaken { seats }) if seats[0].0 == 3));
}

#[tokio::test]
async fn sessions_and_descriptions_come_from_behind_the_engine() {
    let stage = Stage::open(Pace::default(), 10).await;
    let link = stage.gateway("gateway-1").await;
    let session = link.authenticate("good".into()).await.unwrap().unwrap();
    assert_eq!((session.account, session.rest.as_slice()), (account(7), &b"facts"[..]));
    let known = link.authenticate("known".into()).await.unwrap().unwrap();
    assert_eq!((known.account, known.rest.as_slice()), (account(8), &b"at once"[..]));
    assert_eq!(link.authenticate("bad".into()).await, Ok(None));
    assert_eq!(link.authenticate("broken".into()).await, Err(Unavailable::Overloaded));
    assert_eq!(link.describe(SALE).await.unwrap().len(), 20_000_000, "more than a frame to the engine may have");
    assert_eq!(link.describe(SaleId::new(99)).await, Err(Unavailable::Stopped));
    assert_eq!(link.page(SALE).await.unwrap(), b"page");
    assert_eq!(link.page(SaleId::new(99)).await, Err(Unavailable::Stopped));
    assert!(link.is_connected());
    let ahead = link.now_estimate().unwrap().since(NOW);
    assert!(ahead.as_millis() < 5_000, "{ahead} after a clock that stands still");
}

#[tokio::test]
async fn a_stopped_writer_is_unavailable_and_not_a_refusal() {
    let stage = Stage::open(Pace::default(), 10).await;
    let sale = sale_of(&stage.gateway("gateway-1").await);
    stage.engine.stop();
    assert_eq!(within(sale.submit(Command::Pause)).await, Err(Unavailable::Stopped));
    tokio::time::timeout(Duration::from_secs(1), sale.place(account(1))).await.unwrap().unwrap_err();
}
