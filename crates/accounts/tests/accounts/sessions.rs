//! How long sessions live, and how they end.

use accounts::limits::{SESSION_AGE_MS_MAX, SESSION_IDLE_MS_MAX, SESSION_SEEN_STEP_MS, SESSIONS_PER_ACCOUNT_MAX};
use tokio::task::JoinSet;

use crate::house::{DAY, HOUR, House, at};

#[tokio::test]
async fn a_session_in_memory_is_found_without_the_file() {
    let mut house = House::open().await;
    let (account, token) = house.sign_in("kim@example.com").await;
    let session = house.store.authenticate_cached(token.as_str(), at(1)).unwrap();
    assert_eq!((session.account, session.started_at), (account.id, at(0)));
    assert_eq!(house.store.stats().session_reads, 0, "a new session is in memory already");

    house.restart().await;
    assert!(house.store.authenticate_cached(token.as_str(), at(1)).is_none());
    for _ in 0..3 {
        assert!(house.accepts(&token, 1).await);
    }
    assert_eq!(house.store.stats().session_reads, 1, "read once, then remembered");
}

#[tokio::test]
async fn after_a_restart_a_whole_crowd_is_recognised_at_once() {
    let mut house = House::open().await;
    let fans = house.store.create_rehearsal_fans(5_000, at(0)).await.unwrap();
    house.restart().await;
    let asked = fans.iter().map(|(account, token)| {
        let store = house.store.clone();
        let (account, token) = (*account, token.clone());
        tokio::spawn(async move { (account, store.authenticate(token.as_str(), at(1)).await) })
    });
    let asked: Vec<_> = asked.collect();
    let stranger = house.store.authenticate(&"a".repeat(43), at(1)).await;
    assert_eq!(stranger.unwrap_err().code, "not_signed_in");
    for answer in asked {
        let (account, session) = answer.await.unwrap();
        assert_eq!(session.unwrap().account, account);
    }
}

#[tokio::test]
async fn a_restart_keeps_sessions_and_their_ends() {
    let mut house = House::open().await;
    let (_, kept) = house.sign_in("kim@example.com").await;
    let (_, ended) = house.sign_in("lee@example.com").await;
    house.store.end_session(ended.as_str()).await.unwrap();
    house.restart().await;
    assert!(house.accepts(&kept, 1).await);
    assert!(!house.accepts(&ended, 1).await);
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_not_signed_in_and_not_remembered() {
    let house = House::open().await;
    for text in ["", "x", &"A".repeat(43), &"A".repeat(100_000), "' OR 1=1 --"] {
        assert!(house.store.authenticate_cached(text, at(0)).is_none());
        assert_eq!(house.store.authenticate(text, at(0)).await.unwrap_err().code, "not_signed_in");
        house.store.end_session(text).await.unwrap();
    }
    let stats = house.store.stats();
    assert_eq!((stats.session_reads, stats.sessions_cached), (1, 0), "only what has a token's length is looked up");
}

#[tokio::test]
async fn an_idle_session_ends_after_a_day_and_a_used_one_goes_on() {
    let mut house = House::open().await;
    let (_, idle) = house.sign_in("kim@example.com").await;
    let (_, used) = house.sign_in("lee@example.com").await;
    assert!(house.accepts(&used, 20 * HOUR).await);
    assert!(house.accepts(&idle, SESSION_SEEN_STEP_MS - 1).await, "a use within one step is not noted");
    assert!(house.store.authenticate_cached(used.as_str(), at(SESSION_IDLE_MS_MAX)).is_some());
    assert!(house.store.authenticate_cached(idle.as_str(), at(SESSION_IDLE_MS_MAX)).is_none());
    assert!(!house.accepts(&idle, SESSION_IDLE_MS_MAX).await);

    house.store.maintain(at(SESSION_IDLE_MS_MAX)).await.unwrap();
    house.restart().await;
    assert!(house.accepts(&used, 20 * HOUR + SESSION_IDLE_MS_MAX - 1).await, "its last use survived the restart");
    assert!(!house.accepts(&idle, SESSION_IDLE_MS_MAX).await);
}

#[tokio::test]
async fn closing_the_store_writes_the_last_uses() {
    let mut house = House::open().await;
    let (_, token) = house.sign_in("kim@example.com").await;
    assert!(house.accepts(&token, 20 * HOUR).await);
    house.restart().await;
    assert!(house.accepts(&token, 30 * HOUR).await);
}

#[tokio::test]
async fn a_session_ends_after_a_week_however_much_it_is_used() {
    let mut house = House::open().await;
    let (_, token) = house.sign_in("kim@example.com").await;
    for hour in (12..SESSION_AGE_MS_MAX / HOUR).step_by(12) {
        assert!(house.accepts(&token, hour * HOUR).await, "after {hour} hours");
    }
    assert!(house.accepts(&token, 7 * DAY - 1).await);
    assert!(!house.accepts(&token, 7 * DAY).await);
    house.store.maintain(at(7 * DAY)).await.unwrap();
    house.restart().await;
    assert!(!house.accepts(&token, 1).await, "the row is gone as well");
}

#[tokio::test]
async fn all_sessions_of_an_account_end_at_once() {
    let house = House::open().await;
    let (kim, first) = house.sign_in("kim@example.com").await;
    let second = house.store.start_session(kim.id, at(0)).await.unwrap();
    let (_, other) = house.sign_in("lee@example.com").await;
    for token in [&first, &second, &other] {
        assert!(house.store.authenticate_cached(token.as_str(), at(1)).is_some());
    }
    assert_eq!(house.store.end_all_sessions(kim.id).await.unwrap(), 2);
    assert!(!house.accepts(&first, 1).await);
    assert!(!house.accepts(&second, 1).await);
    assert!(house.accepts(&other, 1).await);
}

#[tokio::test]
async fn with_too_many_sessions_the_oldest_ends() {
    let house = House::open().await;
    let account = house.sign_up("kim@example.com").await;
    let mut tokens = Vec::new();
    for number in 0..=i64::from(SESSIONS_PER_ACCOUNT_MAX) {
        tokens.push(house.store.start_session(account.id, at(number)).await.unwrap());
    }
    assert!(!house.accepts(&tokens[0], 100).await, "though it was in memory");
    for token in &tokens[1..] {
        assert!(house.accepts(token, 100).await);
    }
}

#[tokio::test]
async fn an_unknown_account_has_no_sessions() {
    let house = House::open().await;
    let nobody = domain::AccountId::new(7);
    assert_eq!(house.store.start_session(nobody, at(0)).await.unwrap_err().code, "account_unknown");
    assert_eq!(house.store.end_all_sessions(nobody).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_session_never_comes_back_from_a_request_in_flight() {
    let mut house = House::open().await;
    let account = house.sign_up("kim@example.com").await;
    for _ in 0..30 {
        let token = house.store.start_session(account.id, at(0)).await.unwrap();
        // Nothing in memory, so that every request reads the file while the session ends.
        house.restart().await;
        let mut requests = JoinSet::new();
        for _ in 0..16 {
            let (store, token) = (house.store.clone(), token.clone());
            requests.spawn(async move { store.authenticate(token.as_str(), at(1)).await.is_ok() });
        }
        house.store.end_session(token.as_str()).await.unwrap();
        assert!(house.store.authenticate_cached(token.as_str(), at(1)).is_none());
        requests.join_all().await;
        assert!(house.store.authenticate_cached(token.as_str(), at(1)).is_none());
        assert!(!house.accepts(&token, 1).await);
    }
}

#[tokio::test]
async fn a_client_who_hangs_up_does_not_keep_a_session_alive() {
    let house = House::open().await;
    let (_, token) = house.sign_in("kim@example.com").await;
    let mut log_out = Box::pin(house.store.end_session(token.as_str()));
    // One poll starts the change; then the client is gone.
    tokio::select! {
        biased;
        _ = &mut log_out => {}
        () = std::future::ready(()) => {}
    }
    drop(log_out);
    // It goes on by itself. In a file a further write would wait for it; in a database it need not.
    let ended = async {
        while house.accepts(&token, 1).await {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), ended).await.expect("the session ends");
}
