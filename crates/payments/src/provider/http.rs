//! The client of the sandbox's REST protocol.
//!
//! What is not a clear yes or a clear no is an unknown outcome: time-outs, broken connections, 5xx, and also a key
//! that is not accepted, because that says nothing about the payment.

use std::time::{Duration, Instant};

use domain::{Money, OrderId};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, header};
use serde::Serialize;

use super::{OpenPayment, Payment, PaymentProvider, ProblemBody, ProviderError, ProviderFuture, RefundRequest};
use super::{cancel_key, open_key};
use crate::secret::Secret;

/// Bytes of a provider's answer that are read, at most.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Characters of a provider's sentence that are kept, at most.
const DETAIL_CHARS_MAX: usize = 300;

/// How to reach a provider.
#[derive(Debug, Clone)]
pub struct HttpProviderOptions {
    /// The provider's address without a path, such as `http://127.0.0.1:8090`.
    pub base_url: String,
    /// The key it knows us by.
    pub api_key: Secret,
    /// Patience for a connection.
    pub connect_timeout: Duration,
    /// Patience for a whole call; after that its outcome is unknown.
    pub timeout: Duration,
}

impl HttpProviderOptions {
    /// Options with a patience of 2 s for a connection and 10 s for a call.
    pub fn new(base_url: impl Into<String>, api_key: Secret) -> Self {
        Self {
            base_url: base_url.into(),
            api_key,
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(10),
        }
    }
}

/// A provider's address or client that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HttpProviderOptionsError {
    /// Not an address of a web server.
    #[error("The payment provider's address {0:?} is not an http or https address without a query.")]
    BaseUrl(String),
    /// The HTTP client could not be built.
    #[error("The HTTP client for the payment provider could not be built.")]
    Client(#[from] reqwest::Error),
}

/// A provider spoken to over HTTP. Cheap to clone; all clones share their connections.
#[derive(Debug, Clone)]
pub struct HttpProvider {
    client: Client,
    payments_url: String,
    api_key: Secret,
}

impl HttpProvider {
    /// A client with these options.
    ///
    /// # Errors
    /// If the address is not one of a web server.
    pub fn new(options: HttpProviderOptions) -> Result<Self, HttpProviderOptionsError> {
        let client = Client::builder()
            .connect_timeout(options.connect_timeout)
            .timeout(options.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .no_proxy()
            .build()?;
        let usable = Url::parse(&options.base_url).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none()
        });
        if !usable {
            return Err(HttpProviderOptionsError::BaseUrl(options.base_url));
        }
        let payments_url = format!("{}/v1/payments", options.base_url.trim_end_matches('/'));
        Ok(Self { client, payments_url, api_key: options.api_key })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.payments_url)).bearer_auth(self.api_key.expose())
    }

    async fn post(&self, path: &str, key: &str, body: &impl Serialize) -> Result<Answer, ProviderError> {
        let body =
            serde_json::to_vec(body).map_err(|error| unavailable(format!("the request is not JSON ({error})")))?;
        let request = self
            .request(Method::POST, path)
            .header("Idempotency-Key", key)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
        Answer::read(request).await
    }

    async fn find_payment(&self, order: OrderId) -> Result<Option<Payment>, ProviderError> {
        let answer = Answer::read(self.request(Method::GET, &format!("/by-order/{order}"))).await?;
        if answer.status == StatusCode::NOT_FOUND && answer.problem().is_some_and(|it| it.code == "payment_unknown") {
            return Ok(None);
        }
        answer.payment(order).map(Some)
    }
}

impl PaymentProvider for HttpProvider {
    fn open(&self, request: OpenPayment) -> ProviderFuture<'_, Payment> {
        Box::pin(measured("open", async move {
            self.post("", &open_key(request.order), &request).await?.payment(request.order)
        }))
    }

    fn find(&self, order: OrderId) -> ProviderFuture<'_, Option<Payment>> {
        Box::pin(measured("find", self.find_payment(order)))
    }

    fn cancel(&self, order: OrderId) -> ProviderFuture<'_, Payment> {
        Box::pin(measured("cancel", async move {
            let nothing = serde_json::json!({});
            self.post(&format!("/by-order/{order}/cancel"), &cancel_key(order), &nothing).await?.payment(order)
        }))
    }

    fn refund<'a>(&'a self, order: OrderId, amount: Money, key: &'a str) -> ProviderFuture<'a, Payment> {
        Box::pin(measured("refund", async move {
            self.post(&format!("/by-order/{order}/refund"), key, &RefundRequest { amount }).await?.payment(order)
        }))
    }
}

/// Counts and times a call by its operation and outcome.
async fn measured<T>(
    operation: &'static str,
    call: impl Future<Output = Result<T, ProviderError>>,
) -> Result<T, ProviderError> {
    let started = Instant::now();
    let result = call.await;
    let outcome = result.as_ref().map_or_else(ProviderError::code, |_| "ok");
    metrics::histogram!("payment_provider_call_seconds", "operation" => operation, "outcome" => outcome)
        .record(started.elapsed().as_secs_f64());
    result
}

/// An answer of the provider, read to its end.
struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

impl Answer {
    async fn read(request: RequestBuilder) -> Result<Self, ProviderError> {
        let mut response = request.send().await.map_err(broken)?;
        let status = response.status();
        Ok(Self { status, body: read_bounded(&mut response).await? })
    }

    /// The payment of `order` in this answer, or why there is none.
    fn payment(&self, order: OrderId) -> Result<Payment, ProviderError> {
        if !self.status.is_success() {
            return Err(self.error());
        }
        let payment: Payment = serde_json::from_slice(&self.body)
            .map_err(|error| unavailable(format!("its answer is not a payment ({error})")))?;
        if payment.order != order {
            return Err(unavailable(format!("it was asked about {order} and answered about {}", payment.order)));
        }
        Ok(payment)
    }

    fn problem(&self) -> Option<ProblemBody> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A no counts as one only if it is a 4xx with the provider's own code, and about the request rather than about
    /// the caller or the moment.
    fn error(&self) -> ProviderError {
        let about_the_moment = matches!(
            self.status,
            StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::PROXY_AUTHENTICATION_REQUIRED
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::TOO_EARLY
                | StatusCode::TOO_MANY_REQUESTS
        );
        match self.problem() {
            Some(problem) if self.status.is_client_error() && !about_the_moment => {
                let detail = problem.detail.chars().take(DETAIL_CHARS_MAX).collect();
                ProviderError::Refused { code: problem.code, detail }
            }
            _ => unavailable(format!("it answered {}", self.status)),
        }
    }
}

async fn read_bounded(response: &mut Response) -> Result<Vec<u8>, ProviderError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(unavailable(format!("its answer is longer than {ANSWER_BYTES_MAX} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unavailable(reason: String) -> ProviderError {
    ProviderError::Unavailable { reason }
}

fn broken(error: reqwest::Error) -> ProviderError {
    let what = if error.is_timeout() {
        "the call timed out"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    // Without the address: it may carry credentials, and it is in the configuration anyway.
    unavailable(format!("{what} ({})", error.without_url()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status: StatusCode::from_u16(status).unwrap_or_default(), body: body.into() }
    }

    #[test]
    fn only_a_coded_4xx_about_the_request_is_a_no() {
        let problem = r#"{"code":"refund_exceeds_capture","detail":"Too much."}"#;
        assert!(!answer(409, problem).error().is_unknown_outcome());
        for (status, body) in [(500, problem), (503, ""), (401, problem), (429, problem), (404, "<html>"), (302, "")] {
            assert!(answer(status, body).error().is_unknown_outcome(), "{status} {body}");
        }
    }

    #[test]
    fn an_address_that_is_no_web_server_is_refused() {
        for address in ["", "provider:8080", "file:///etc/passwd", "http://provider/?key=1"] {
            let options = HttpProviderOptions::new(address, Secret::new("key"));
            assert!(HttpProvider::new(options).is_err(), "{address}");
        }
    }

    #[test]
    fn an_answer_about_another_order_is_not_believed() {
        let body = format!(
            r#"{{"id":"pay_1","order":"{}","amount":{{"amount":1,"currency":"EUR"}},"status":"captured","page_url":"",
                "refunded":{{"amount":0,"currency":"EUR"}}}}"#,
            OrderId::new(1)
        );
        assert!(answer(200, &body).payment(OrderId::new(1)).is_ok());
        assert!(answer(200, &body).payment(OrderId::new(2)).is_err_and(|error| error.is_unknown_outcome()));
    }
}
