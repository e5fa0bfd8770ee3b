//! Who may connect.

use std::time::{Duration, Instant};

use engine::Unavailable;
use link::hello::Greeting;
use link::protocol::VERSION;
use link::{Link, LinkOptions, Secret, frame};
use sale::Pace;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::raw::Raw;
use crate::stage::{Stage, connected, gateway_to, sale_of, second_secret, secret, within};

fn other_secret() -> Secret {
    Secret::new("another secret, long enough too").unwrap()
}

#[tokio::test]
async fn a_gateway_without_the_secret_is_refused() {
    let stage = Stage::open(Pace::default(), 10).await;
    let mut raw = Raw::connect(stage.address, &other_secret(), VERSION).await;
    assert!(matches!(&raw.greeting, Greeting::Refused { sentence } if sentence.contains("secret")));
    raw.is_closed().await;
    let engines = vec![stage.address.to_string()];
    let link = Link::start(LinkOptions { engines, gateway: "gateway-1".into(), secret: other_secret() });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!link.is_connected());
    assert_eq!(link.authenticate("good".into()).await, Err(Unavailable::Stopped));
}

#[tokio::test]
async fn while_a_secret_is_replaced_gateways_with_either_are_served() {
    let stage = Stage::open(Pace::default(), 10).await;
    let first = stage.gateway("gateway-1").await;
    let engines = vec![stage.address.to_string()];
    let options = LinkOptions { engines, gateway: "gateway-2".into(), secret: second_secret() };
    let second = connected(Link::start(options)).await;
    assert!(first.is_connected() && second.is_connected());
    assert_eq!(stage.gateways.connected(), 2);
}

#[tokio::test]
async fn another_version_is_refused() {
    let stage = Stage::open(Pace::default(), 10).await;
    let mut raw = Raw::connect(stage.address, &secret(), VERSION + 1).await;
    assert!(matches!(&raw.greeting, Greeting::Refused { sentence } if sentence.contains("version")));
    raw.is_closed().await;
    let raw = Raw::connect(stage.address, &secret(), VERSION).await;
    assert!(matches!(raw.greeting, Greeting::Welcome { version: VERSION, .. }));
}

#[tokio::test]
async fn an_impostor_gets_no_question() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = gateway_to(listener.local_addr().unwrap(), "gateway-1");
    let (mut stream, _) = within(listener.accept()).await.unwrap();
    stream.write_all(&[7; 32]).await.unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).await.unwrap();
    stream.read_exact(&mut vec![0; u32::from_le_bytes(length) as usize]).await.unwrap();
    let mut welcome = Vec::new();
    frame::append(&Greeting::Welcome { version: VERSION, sales: vec![], proof: [0; 32] }, &mut welcome).unwrap();
    stream.write_all(&welcome).await.unwrap();
    let mut rest = Vec::new();
    within(stream.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.is_empty(), "the gateway closes without another word");
    assert!(!link.is_connected());
}

#[tokio::test]
async fn whoever_says_nothing_is_let_go_after_five_seconds() {
    let stage = Stage::open(Pace::default(), 10).await;
    let link = stage.gateway("gateway-1").await;
    assert_eq!(stage.gateways.connected(), 1);
    let began = Instant::now();
    let mut silent = TcpStream::connect(stage.address).await.unwrap();
    let mut heard = Vec::new();
    within(silent.read_to_end(&mut heard)).await.unwrap();
    let seconds = began.elapsed().as_secs_f64();
    assert!(heard.len() == 32 && (4.5..12.0).contains(&seconds), "{} bytes, {seconds} s", heard.len());
    // Nothing happened in the sale all the while: the heartbeat alone kept the other one.
    assert!(link.is_connected());
    assert_eq!(
        (sale_of(&link).view().last_number, stage.gateways.connected()),
        (0, 1),
        "whoever is silent is no gateway"
    );
}
