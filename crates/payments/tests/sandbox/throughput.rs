//! How many payments a second; for a look by hand, because a figure needs a quiet machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use payments::sandbox::Behaviour;
use payments::sandbox::client::GOOD_CARD;
use payments::{HttpProvider, HttpProviderOptions, PaymentProvider, Secret};

use crate::fixture::{API_KEY, Receiver, Stage, order};

const BUYERS: usize = 128;
const TIME: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement; run it with --ignored --nocapture"]
async fn payments_opened_and_paid_per_second() {
    let mut receiver = Receiver::start(0).await;
    let stage = Stage::start_with(Behaviour::default(), Some(&receiver.url)).await;
    let mut patient = HttpProviderOptions::new(stage.sandbox.url(), Secret::new(API_KEY));
    patient.timeout = Duration::from_secs(30);
    let provider = HttpProvider::new(patient).unwrap();
    let next_order = Arc::new(AtomicU32::new(1));
    let started = Instant::now();
    let buyers: Vec<_> = (0..BUYERS)
        .map(|_| {
            let (provider, client, next_order) = (provider.clone(), stage.client.clone(), Arc::clone(&next_order));
            tokio::spawn(async move {
                let mut paid = 0_u32;
                while started.elapsed() < TIME {
                    let number = next_order.fetch_add(1, Ordering::Relaxed);
                    let payment = provider.open(order(number.into())).await.unwrap();
                    assert_eq!(client.pay(&payment.page_url, GOOD_CARD).await.unwrap().as_u16(), 303);
                    paid += 1;
                }
                paid
            })
        })
        .collect();
    let mut paid = 0;
    for buyer in buyers {
        paid += buyer.await.unwrap();
    }
    let took = started.elapsed();
    receiver.take(paid as usize).await;
    let told = started.elapsed();
    let rate = |took: Duration| f64::from(paid) / took.as_secs_f64();
    println!(
        "{paid} opened and paid: {:.0}/s; all webhooks delivered after {told:.1?}: {:.0}/s",
        rate(took),
        rate(told)
    );
}
