//! What a gateway may not do to the engine.

use std::collections::HashMap;
use std::time::Instant;

use domain::SaleId;
use engine::Unavailable;
use link::frame::TO_ENGINE_BYTES_MAX;
use link::protocol::{Ask, IN_FLIGHT_MAX, ITEMS_PER_FRAME_MAX, PATIENCE, Question, Refusal, Reply, VERSION};
use sale::Pace;
use tokio::io::AsyncWriteExt;

use crate::raw::Raw;
use crate::stage::{SALE, Stage, account, join, number_of, sale_of, secret, within};

fn place(id: u64, sale: SaleId, patience_ms: u32) -> Ask {
    Ask { id, patience_ms, question: Question::Place { sale, account: account(1) } }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_beyond_the_questions_under_way_is_refused_at_once() {
    let stage = Stage::open(Pace::default(), 10).await;
    // The writer is kept busy until the test says so.
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let busy = tokio::spawn({
        let handle = stage.handle.clone();
        async move { handle.read(move |_| wait.recv()).await }
    });
    let mut raw = Raw::connect(stage.address, &secret(), VERSION).await;
    let total = IN_FLIGHT_MAX + ITEMS_PER_FRAME_MAX;
    let asks: Vec<_> = (0..total as u64).collect();
    for ids in asks.chunks(ITEMS_PER_FRAME_MAX) {
        raw.ask(ids.iter().map(|id| place(*id, SALE, 5_000)).collect()).await;
    }
    let refused = raw.answers(ITEMS_PER_FRAME_MAX).await;
    assert!(refused.iter().all(|(id, answer)| *id >= IN_FLIGHT_MAX as u64 && *answer == Err(Refusal::Overloaded)));
    go.send(()).unwrap();
    let answered: HashMap<_, _> = raw.answers(IN_FLIGHT_MAX).await.into_iter().collect();
    assert_eq!(answered.len(), IN_FLIGHT_MAX);
    assert!(answered.values().all(|answer| *answer == Ok(Reply::Place(None))));
    // And there is room again.
    raw.ask(vec![place(0, SALE, 5_000)]).await;
    assert_eq!(raw.answers(1).await, [(0, Ok(Reply::Place(None)))]);
    busy.await.unwrap().unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_waited_for_their_patience_is_told_that_there_is_no_answer() {
    let stage = Stage::open(Pace::default(), 10).await;
    let sale = sale_of(&stage.gateway("gateway-1").await);
    // The writer does not come back; the engine answers pings all the same.
    let (_go, wait) = std::sync::mpsc::channel::<()>();
    let busy = tokio::spawn({
        let handle = stage.handle.clone();
        async move { handle.read(move |_| wait.recv()).await }
    });
    let began = Instant::now();
    assert_eq!(join(&sale, 1).await, Err(Unavailable::Stopped));
    let waited = began.elapsed();
    assert!(waited >= PATIENCE && waited < PATIENCE * 2, "{waited:?}");
    busy.abort();
}

#[tokio::test]
async fn an_oversized_frame_ends_its_connection_and_harms_nobody() {
    let stage = Stage::open(Pace::default(), 10).await;
    let link = stage.gateway("gateway-1").await;
    let mut raw = Raw::connect(stage.address, &secret(), VERSION).await;
    let announced = (TO_ENGINE_BYTES_MAX + 1) as u32;
    raw.writer.write_all(&announced.to_le_bytes()).await.unwrap();
    raw.is_closed().await;
    number_of(within(join(&sale_of(&link), 1)).await.unwrap());
    assert!(link.is_connected());
}

#[tokio::test]
async fn a_frame_of_nonsense_or_of_too_many_questions_ends_its_connection() {
    let stage = Stage::open(Pace::default(), 10).await;
    let mut nonsense = Raw::connect(stage.address, &secret(), VERSION).await;
    nonsense.writer.write_all(&[3, 0, 0, 0, 255, 255, 255]).await.unwrap();
    nonsense.is_closed().await;
    let mut many = Raw::connect(stage.address, &secret(), VERSION).await;
    many.ask((0..=ITEMS_PER_FRAME_MAX as u64).map(|id| place(id, SALE, 5_000)).collect()).await;
    many.is_closed().await;
}

#[tokio::test]
async fn a_question_past_its_time_or_about_no_sale_is_not_carried_out() {
    let stage = Stage::open(Pace::default(), 10).await;
    let mut raw = Raw::connect(stage.address, &secret(), VERSION).await;
    let command = sale::Command::Join { account: account(1) };
    let late = Ask { id: 1, patience_ms: 0, question: Question::Submit { sale: SALE, request: (None, command) } };
    raw.ask(vec![late, place(2, SaleId::new(99), 5_000), place(3, SALE, 5_000)]).await;
    let mut answers = raw.answers(3).await;
    answers.sort_by_key(|(id, _)| *id);
    let expected = [(1, Err(Refusal::TooLate)), (2, Err(Refusal::SaleUnknown)), (3, Ok(Reply::Place(None)))];
    assert_eq!(answers, expected);
}
