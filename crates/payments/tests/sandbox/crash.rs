//! kill -9 in the middle of a rush: what was acknowledged is in the ledger, and every capture is told.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::OrderId;
use payments::sandbox::client::GOOD_CARD;
use payments::sandbox::{Sandbox, SandboxClient};
use payments::{HttpProvider, HttpProviderOptions, PaymentProvider, PaymentStatus, Secret};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::fixture::{API_KEY, PATIENCE, Receiver, options, order};

const LEDGER: &str = "SANDBOX_TEST_LEDGER";
const WEBHOOKS: &str = "SANDBOX_TEST_WEBHOOKS";
const BUYERS: u32 = 8;
const PAID_BEFORE_THE_KILL: u32 = 40;

/// The process that the test below kills; without its ledger there is nothing to run.
#[tokio::test]
async fn the_provider_that_is_killed() {
    let Ok(ledger) = std::env::var(LEDGER) else { return };
    let webhooks = std::env::var(WEBHOOKS).unwrap();
    let sandbox = Sandbox::start(options(ledger.into(), Some(&webhooks))).await.unwrap();
    println!("\nlistening on {}", sandbox.url());
    tokio::time::sleep(Duration::from_secs(120)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.db");
    let nobody = Receiver::start(u32::MAX).await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::the_provider_that_is_killed", "--nocapture"])
        .env(LEDGER, &ledger)
        .env(WEBHOOKS, &nobody.url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url =
        lines.map_while(Result::ok).find_map(|line| line.strip_prefix("listening on ").map(str::to_owned)).unwrap();

    let (acknowledged, mut acknowledgements) = mpsc::unbounded_channel();
    let next_order = Arc::new(AtomicU32::new(1));
    for _ in 0..BUYERS {
        tokio::spawn(buy_until_it_breaks(url.clone(), Arc::clone(&next_order), acknowledged.clone()));
    }
    drop(acknowledged);
    let mut paid = HashSet::new();
    while let Some(order) = timeout(PATIENCE, acknowledgements.recv()).await.unwrap() {
        paid.insert(order);
        if paid.len() == PAID_BEFORE_THE_KILL as usize {
            // `kill` is SIGKILL: nothing gets to tidy up.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();

    let mut receiver = Receiver::start(0).await;
    let again = Sandbox::start(options(ledger, Some(&receiver.url))).await.unwrap();
    let client = SandboxClient::new(again.url(), Secret::new(API_KEY)).unwrap();
    let entries = client.ledger().await.unwrap();
    let captured: HashSet<_> = entries
        .iter()
        .filter(|entry| entry.payment.status == PaymentStatus::Captured)
        .map(|entry| entry.payment.order)
        .collect();
    assert!(paid.is_subset(&captured), "lost: {:?}", paid.difference(&captured));
    assert!(entries.iter().all(|entry| entry.captures() <= 1));
    let mut told = HashSet::new();
    while told.len() < captured.len() {
        told.insert(receiver.next().await.order);
    }
    assert_eq!(told, captured);
}

async fn buy_until_it_breaks(url: String, next_order: Arc<AtomicU32>, acknowledged: mpsc::UnboundedSender<OrderId>) {
    let provider = HttpProvider::new(HttpProviderOptions::new(&url, Secret::new(API_KEY))).unwrap();
    let client = SandboxClient::new(&url, Secret::new(API_KEY)).unwrap();
    loop {
        let request = order(next_order.fetch_add(1, Ordering::Relaxed).into());
        let number = request.order;
        let Ok(payment) = provider.open(request).await else { return };
        match client.pay(&payment.page_url, GOOD_CARD).await {
            Ok(status) if status.as_u16() == 303 => acknowledged.send(number).unwrap(),
            _ => return,
        }
    }
}
