//! How the first operator is made: by a request with a token that works once. There is no default password.

/// The request that redeems a set-up token.
pub fn invitation(public_url: &str, token: &str) -> String {
    format!(
        "curl -H 'Content-Type: application/json' {public_url}/v1/setup \\\n  \
         -d '{{\"token\":\"{token}\",\"email\":\"YOU@EXAMPLE.COM\",\"password\":\"…\"}}'"
    )
}
