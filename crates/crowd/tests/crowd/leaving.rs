//! How members leave.

use std::net::Shutdown;
use std::time::Duration;

use crowd::{CrowdOptions, Leave, Refused, SharedFrame};
use tokio_tungstenite::tungstenite::Message;

use crate::hall::{Hall, PATIENCE, goodbye, hear, say};

#[test]
fn leaving_frees_everything() {
    let hall = Hall::open(CrowdOptions { threads: 2, ..CrowdOptions::default() });
    let clients: Vec<_> = (0..40).map(|_| hall.client().1).collect();
    assert_eq!(hall.crowd.len(), 40);
    for (index, mut client) in clients.into_iter().enumerate() {
        if index % 2 == 0 {
            client.close(None).unwrap();
            assert_eq!(goodbye(&mut client), 1000);
            assert_eq!(hall.why_left(), Leave::Closed);
        } else {
            client.get_mut().shutdown(Shutdown::Both).unwrap();
            assert_eq!(hall.why_left(), Leave::Lost);
        }
    }
    hall.wait_for_len(0);
}

#[test]
fn a_freed_place_is_used_again_under_another_id() {
    let hall = Hall::open(CrowdOptions::default());
    let (first, client) = hall.client();
    drop(client);
    assert_eq!(hall.left.recv_timeout(PATIENCE).unwrap(), (first, Leave::Lost));
    hall.wait_for_len(0);
    // The key comes back with the thread's next turn, at the latest with the next but one who enters.
    let (second, mut client) = hall.client();
    assert_ne!(first, second);
    hall.crowd.wake(&[first]);
    hall.crowd.wake(&[second]);
    assert_eq!(hear(&mut client), "1");
    say(&mut client, "nothing in between");
    assert_eq!(hear(&mut client), "nothing in between");
}

#[test]
fn the_host_may_dismiss_a_member() {
    let hall = Hall::open(CrowdOptions::default());
    let (_, mut client) = hall.client();
    say(&mut client, "bye");
    assert_eq!((goodbye(&mut client), hall.why_left()), (4000, Leave::Dismissed));
    drop(client);
    hall.wait_for_len(0);
}

#[test]
fn who_does_not_take_a_goodbye_is_let_go_nevertheless() {
    let hall = Hall::open(CrowdOptions { linger: Duration::from_millis(100), ..CrowdOptions::default() });
    let (_, mut client) = hall.client();
    say(&mut client, "bye");
    hall.wait_for_len(0);
}

#[test]
fn who_is_silent_is_cut_and_who_answers_pings_is_not() {
    let options = CrowdOptions {
        ping_every: Duration::from_millis(100),
        silent_after: Duration::from_millis(500),
        messages_in_max: 1_000,
        ..CrowdOptions::default()
    };
    let hall = Hall::open(options);
    let ((silent, _silent_client), (_, mut answering)) = (hall.client(), hall.client());
    let mut pings = 0;
    while hall.crowd.len() == 2 {
        // Reading a ping queues its answer, and the next read sends it.
        if let Message::Ping(_) = answering.read().unwrap() {
            pings += 1;
        }
    }
    assert_eq!(hall.left.recv_timeout(PATIENCE).unwrap(), (silent, Leave::Silent));
    for _ in 0..5 {
        assert!(matches!(answering.read().unwrap(), Message::Ping(_)));
    }
    assert!(pings >= 2);
    assert_eq!(hall.crowd.len(), 1);
}

#[test]
fn a_byte_now_and_then_is_silence() {
    use std::io::Write;

    let options = CrowdOptions {
        ping_every: Duration::from_millis(50),
        silent_after: Duration::from_millis(300),
        ..CrowdOptions::default()
    };
    let hall = Hall::open(options);
    let (_, mut client) = hall.client();
    // The head of a frame of 100 bytes, which never all come.
    client.get_mut().write_all(&[0x81, 0x80 | 100, 0, 0, 0, 0]).unwrap();
    for _ in 0..90 {
        if client.get_mut().write_all(b"x").is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(hall.why_left(), Leave::Silent);
}

#[test]
fn a_stopped_crowd_says_1001_and_takes_nobody() {
    let hall = Hall::open(CrowdOptions { threads: 2, ..CrowdOptions::default() });
    let clients: Vec<_> = (0..20).map(|_| hall.client().1).collect();
    let hearing =
        std::thread::spawn(move || clients.into_iter().map(|mut client| goodbye(&mut client)).collect::<Vec<_>>());
    hall.crowd.stop(PATIENCE);
    assert_eq!(hearing.join().unwrap(), vec![1001; 20]);
    assert!(hall.left.try_iter().all(|(_, why)| why == Leave::Stopped));
    assert!(hall.crowd.is_empty());
    let refused = hall.crowd.broadcast(&SharedFrame::text("x"), Duration::ZERO);
    assert!(matches!(refused, Err(Refused::Stopping)));
    hall.crowd.stop(PATIENCE);
}
