//! Slow readers.

use std::time::{Duration, Instant};

use crowd::{CrowdOptions, Leave, SharedFrame};

use crate::hall::{Client, Hall, PATIENCE, hear, say};

fn large() -> SharedFrame {
    SharedFrame::text(&"y".repeat(100_000))
}

/// Sends until something must be waiting for a client that does not read: more than the kernel keeps for both ends.
fn fill(hall: &Hall, others: &mut [Client]) {
    let frame = large();
    for _ in 0..150 {
        hall.crowd.broadcast(&frame, Duration::ZERO).unwrap();
        for client in &mut *others {
            assert_eq!(hear(client).len(), 100_000);
        }
    }
}

#[test]
fn a_slow_reader_is_cut_and_the_others_get_theirs_in_time() {
    let hall = Hall::open(CrowdOptions { stuck_after: Duration::from_millis(1_500), ..CrowdOptions::default() });
    let (slow, _slow_client) = hall.client();
    let mut others = [hall.client().1, hall.client().1];
    let (begun, mut slowest) = (Instant::now(), Duration::ZERO);
    while hall.crowd.len() == 3 {
        let sent = Instant::now();
        hall.crowd.broadcast(&large(), Duration::ZERO).unwrap();
        assert!(others.iter_mut().all(|client| hear(client).len() == 100_000));
        slowest = slowest.max(sent.elapsed());
        std::thread::sleep(Duration::from_millis(20));
        assert!(begun.elapsed() < PATIENCE);
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    assert_eq!(hall.left.recv_timeout(PATIENCE).unwrap(), (slow, Leave::Stuck));
    assert_eq!(hall.crowd.len(), 2);
}

#[test]
fn a_reader_that_catches_up_gets_whole_frames_and_then_the_newest() {
    let hall = Hall::open(CrowdOptions::default());
    let (_, mut slow) = hall.client();
    fill(&hall, &mut [hall.client().1]);
    let mut whole = 0;
    loop {
        match hear(&mut slow) {
            text if text.len() == 100_000 => whole += 1,
            text => {
                assert_eq!(text, "missed 1", "after {whole} frames");
                break;
            }
        }
    }
    assert!((1..150).contains(&whole), "{whole}");
    say(&mut slow, "again");
    assert_eq!(hear(&mut slow), "again");
}

#[test]
fn who_asks_but_does_not_read_is_cut_before_much_waits() {
    let hall = Hall::open(CrowdOptions { messages_in_max: 10_000, ..CrowdOptions::default() });
    let (_, mut client) = hall.client();
    // A hundred answers of 100 kB are more than the kernel's buffers and ours together.
    for _ in 0..1_000 {
        if client.send("big".into()).is_err() {
            break;
        }
    }
    assert_eq!(hall.why_left(), Leave::Behind);
    hall.wait_for_len(0);
}
