// The way to the provider's payment page.

/** The provider's page, if there is one yet and it is a page of the web. */
export function paymentPage({ payment_url: address }: { payment_url?: string | null }): string | null {
  if (!address) return null;
  const url = new URL(address, location.href);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
}
