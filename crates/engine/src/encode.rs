//! Events as the journal keeps them: postcard, written straight into the batch's buffer.

use postcard::ser_flavors::Flavor;
use sale::Recorded;

/// Appends an event's bytes to a buffer.
///
/// # Errors
/// The event cannot be encoded.
pub fn append_event(event: &Recorded, bytes: &mut Vec<u8>) -> postcard::Result<()> {
    postcard::serialize_with_flavor(event, Appending(bytes))
}

struct Appending<'a>(&'a mut Vec<u8>);

impl Flavor for Appending<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}
