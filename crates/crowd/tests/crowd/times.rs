//! Cadence, wakes and broadcasts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crowd::{CrowdOptions, LatestFrame, SharedFrame};

use crate::hall::{Client, Hall, hear, say};

fn clients(hall: &Hall, count: usize) -> Vec<Client> {
    (0..count).map(|_| hall.client().1).collect()
}

#[test]
fn a_broadcast_reaches_five_hundred() {
    let hall = Hall::open(CrowdOptions { threads: 2, ..CrowdOptions::default() });
    let mut clients = clients(&hall, 500);
    for (frame, spread) in [("at once", Duration::ZERO), ("spread", Duration::from_millis(400))] {
        let begun = Instant::now();
        hall.crowd.broadcast(&SharedFrame::text(frame), spread).unwrap();
        assert!(clients.iter_mut().all(|client| hear(client) == frame));
        assert!(begun.elapsed() >= spread * 3 / 4, "{:?}", begun.elapsed());
    }
    // The handshake's hello, and the two.
    hall.crowd.stop(Duration::ZERO);
    assert!(hall.crowd.counts().frames >= 1_500);
}

#[test]
fn a_fast_broadcast_does_not_overtake_a_slow_one() {
    let hall = Hall::open(CrowdOptions::default());
    let mut clients = clients(&hall, 50);
    hall.crowd.broadcast(&SharedFrame::text("first"), Duration::from_secs(3_600)).unwrap();
    hall.crowd.broadcast(&SharedFrame::text("second"), Duration::ZERO).unwrap();
    for client in &mut clients {
        assert_eq!((hear(client).as_str(), hear(client).as_str()), ("first", "second"));
    }
}

#[test]
fn who_is_told_late_is_told_the_latest() {
    let hall = Hall::open(CrowdOptions::default());
    let mut clients = clients(&hall, 20);
    let latest = Arc::new(LatestFrame::new(SharedFrame::text("old")));
    hall.crowd.broadcast_latest(&latest, Duration::from_secs(2)).unwrap();
    std::thread::sleep(Duration::from_millis(700));
    latest.replace(SharedFrame::text("new"));
    let told: Vec<String> = clients.iter_mut().map(hear).collect();
    let old = told.iter().filter(|text| *text == "old").count();
    assert!((1..20).contains(&old), "{told:?}");
    assert!(
        told.iter().skip(old).all(|text| text == "new"),
        "once somebody was told the new one, so are all after: {told:?}"
    );
}

#[test]
fn each_member_has_its_own_cadence() {
    let hall = Hall::open(CrowdOptions::default());
    let ((_, mut fast), (_, mut slow), (_, mut never)) = (hall.client(), hall.client(), hall.client());
    let begun = Instant::now();
    say(&mut fast, "every 50");
    say(&mut slow, "every 1000");
    assert_eq!(hear(&mut slow), "1");
    assert_eq!(hear(&mut slow), "2");
    let passed = begun.elapsed();
    assert!(passed >= Duration::from_millis(950), "{passed:?}");
    for count in 1..10 {
        assert_eq!(hear(&mut fast), count.to_string());
    }
    assert!(begun.elapsed() >= Duration::from_millis(400));
    say(&mut never, "still there");
    assert_eq!(hear(&mut never), "still there", "nothing came in between");
}

#[test]
fn who_is_woken_is_due_at_once_and_others_are_not() {
    let hall = Hall::open(CrowdOptions { threads: 2, ..CrowdOptions::default() });
    let mut all: Vec<_> = (0..6).map(|_| hall.client()).collect();
    let woken: Vec<_> = all.iter().step_by(2).map(|(id, _)| *id).collect();
    hall.crowd.wake(&woken);
    for (index, (_, client)) in all.iter_mut().enumerate() {
        say(client, "here");
        let heard = if index % 2 == 0 { [hear(client), hear(client)].concat() } else { hear(client) };
        assert!(matches!(heard.as_str(), "1here" | "here1" | "here"), "{heard}");
    }
}

#[test]
fn all_can_be_woken_within_a_time() {
    let hall = Hall::open(CrowdOptions { threads: 2, ..CrowdOptions::default() });
    let mut clients = clients(&hall, 100);
    hall.crowd.wake_all_within(Duration::from_millis(300));
    assert!(clients.iter_mut().all(|client| hear(client) == "1"));
    hall.crowd.wake_all_within(Duration::ZERO);
    assert!(clients.iter_mut().all(|client| hear(client) == "2"));
}
