/** What a SAML bank must know of us: SAML 2.0 Metadata 2.4.4, served at `/banks/{id}/metadata`. */
export interface SamlAddresses {
  /** our name at the bank; the metadata's own address, as is the custom */
  entityId: string
  callback: string
  logout: string
}

export function samlAddresses(publicUrl: string, bank: string): SamlAddresses {
  return {
    entityId: `${publicUrl}/banks/${bank}/metadata`,
    callback: `${publicUrl}/login/callback/${bank}`,
    logout: `${publicUrl}/login/banks/${bank}/slo`,
  }
}

/** @param certificatePem the certificate of the key that signs our requests */
export function samlMetadata(addresses: SamlAddresses, certificatePem: string): string {
  const certificate = certificatePem.replaceAll(/-----[A-Z ]+-----|\s/g, '')
  return `<?xml version="1.0" encoding="UTF-8"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${attribute(addresses.entityId)}">
  <SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" AuthnRequestsSigned="true" WantAssertionsSigned="true">
    <KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
    <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${attribute(addresses.logout)}"/>
    <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${attribute(addresses.logout)}"/>
    <NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</NameIDFormat>
    <AssertionConsumerService index="0" isDefault="true" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${attribute(addresses.callback)}"/>
  </SPSSODescriptor>
</EntityDescriptor>
`
}

const attribute = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
