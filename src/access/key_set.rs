//! The public keys of an OAuth 2 server (a JWKS, RFC 7517), each with the algorithms it may be used with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};

/// Bits of an RSA key that is too short to be trusted.
const RSA_LEAST_BITS: usize = 2048;

/// A key.
pub struct VerifyingKey {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    /// The key itself.
    pub key: DecodingKey,
}

/// All keys of a server.
#[derive(Default)]
pub struct KeySet(Vec<VerifyingKey>);

impl KeySet {
    /// Reads a set. Keys that are not for signatures, or of a kind that is not known here, are passed over; a set without
    /// any other is refused.
    pub fn read(text: &[u8]) -> Result<KeySet, String> {
        let set: serde_json::Value = serde_json::from_slice(text).map_err(|_| "it is not JSON".to_owned())?;
        let keys = set.get("keys").and_then(|keys| keys.as_array()).ok_or("it has no list `keys`")?;
        // One key of a new kind must not make the others useless.
        let known = keys.iter().filter_map(|key| serde_json::from_value::<Jwk>(key.clone()).ok());
        let keys: Vec<VerifyingKey> = known.filter_map(|key| verifying(&key)).collect();
        if keys.is_empty() {
            return Err("it has no key that signs by one of the algorithms known here".to_owned());
        }
        Ok(KeySet(keys))
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The key of a token's header. A token that names none is taken only where there is no choice.
    pub fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&VerifyingKey> {
        let fits = |key: &&VerifyingKey| key.algorithms.contains(&algorithm);
        match id {
            Some(id) => self.0.iter().filter(|key| key.id.as_deref() == Some(id)).find(fits),
            None => match self.0.as_slice() {
                [only] => Some(only).filter(fits),
                _ => None,
            },
        }
    }
}

fn verifying(jwk: &Jwk) -> Option<VerifyingKey> {
    if jwk.common.public_key_use.as_ref().is_some_and(|key_use| *key_use != PublicKeyUse::Signature) {
        return None;
    }
    let mut algorithms = algorithms(&jwk.algorithm)?;
    if let Some(named) = jwk.common.key_algorithm {
        algorithms.retain(|algorithm| KeyAlgorithm::from(*algorithm) == named);
    }
    let key = DecodingKey::from_jwk(jwk).ok()?;
    (!algorithms.is_empty()).then(|| VerifyingKey { id: jwk.common.key_id.clone(), algorithms, key })
}

/// What a key of that kind may be used with; a secret shared with the server never is.
fn algorithms(kind: &AlgorithmParameters) -> Option<Vec<Algorithm>> {
    use Algorithm as A;
    match kind {
        AlgorithmParameters::RSA(rsa) => {
            let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).ok()?;
            let is_long = modulus.len() * 8 >= RSA_LEAST_BITS;
            is_long.then(|| vec![A::RS256, A::RS384, A::RS512, A::PS256, A::PS384, A::PS512])
        }
        AlgorithmParameters::EllipticCurve(ec) => match ec.curve {
            EllipticCurve::P256 => Some(vec![A::ES256]),
            EllipticCurve::P384 => Some(vec![A::ES384]),
            _ => None,
        },
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Some(vec![A::EdDSA]),
        _ => None,
    }
}
