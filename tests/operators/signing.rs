//! `hrg reference keygen|sign|verify`, and what a service makes of a signature.

use crate::process::hrg;
use crate::support::TOY;
use crate::support::archives::zip;
use crate::support::desk::{Desk, ZIP};
use crate::support::tampered::{edit, named, sealed, write};
use hrg_grouper::bundle::read_folder;
use hrg_grouper::bundle::signature::Policy;
use std::path::Path;

const SECRET: &str = "ours.secret.toml";
const PUBLIC: &str = "ours.public.toml";

/// A folder with a pair of keys and a release that is signed with it.
fn signed() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a folder");
    write(&named("First"), place.path());
    let (code, said) = hrg(&["reference", "keygen", "ours"], place.path());
    assert_eq!(code, 0, "{said}");
    let (code, said) = hrg(&["reference", "sign", TOY, "--secret-key", SECRET], place.path());
    assert_eq!(code, 0, "{said}");
    place
}

fn verify(place: &Path, keys: &str) -> (i32, String) {
    hrg(&["reference", "verify", TOY, "--trusted-keys", keys], place)
}

#[test]
fn a_signed_release_is_verified_by_its_key_and_no_other() {
    let place = signed();
    let (code, said) = verify(place.path(), PUBLIC);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("signed by ours, sha256:"), "{said}");
    assert_eq!(hrg(&["reference", "keygen", "theirs"], place.path()).0, 0);
    let (code, said) = verify(place.path(), "theirs.public.toml");
    assert_eq!(code, 1);
    assert!(said.contains("unknown-key"), "{said}");
}

#[test]
fn a_release_that_was_changed_after_signing_is_not_verified() {
    let place = signed();
    let mut files = read_folder(&place.path().join(TOY)).expect("readable");
    edit(&mut files, "hrgs", "First", "Second");
    write(&sealed(files), place.path());
    let (code, said) = verify(place.path(), PUBLIC);
    assert_eq!(code, 1);
    assert!(said.contains("wrong-signature"), "{said}");
    assert_eq!(hrg(&["reference", "check", TOY], place.path()).0, 0, "it is sound otherwise");
}

#[test]
fn what_would_be_refused_is_not_signed() {
    let place = tempfile::tempdir().expect("a folder");
    let mut files = named("First");
    edit(&mut files, "hrgs", "First", "Second");
    let release = write(&files, place.path());
    hrg(&["reference", "keygen", "ours"], place.path());
    let (code, said) = hrg(&["reference", "sign", TOY, "--secret-key", SECRET], place.path());
    assert_eq!(code, 1);
    assert!(said.contains("wrong-digest") && !release.join("signature.toml").exists(), "{said}");
}

#[test]
fn a_key_is_never_written_over_and_its_secret_never_said() {
    let place = signed();
    let before = std::fs::read(place.path().join(SECRET)).expect("readable");
    let (code, said) = hrg(&["reference", "keygen", "ours"], place.path());
    assert_eq!((code, std::fs::read(place.path().join(SECRET)).expect("readable")), (1, before.clone()), "{said}");
    let secret: toml::Table = toml::from_str(&String::from_utf8(before).expect("UTF-8")).expect("TOML");
    let secret = secret["secret"].as_str().expect("the secret").to_owned();
    // The wrong file in the wrong place.
    let (code, said) = verify(place.path(), SECRET);
    assert!(code != 0 && !said.contains(&secret), "{said}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(place.path().join(SECRET)).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "nobody else may read it");
    }
}

#[test]
fn a_service_that_comes_to_demand_signatures_refuses_what_it_took_without_one() {
    let place = signed();
    let state = place.path().join("state");
    let keys = std::fs::read_to_string(place.path().join(PUBLIC)).expect("readable");
    let demand = || Policy::read(&keys, true).expect("a trusted key");
    let unsigned = named("First");
    let open = |policy| Desk::open(Some(&state), policy);
    assert_eq!(open(Policy::default()).upload("?activate=true", ZIP, zip(&unsigned)).status, 201);
    assert_eq!(open(demand()).group(TOY), Err("unknown-reference".to_owned()));

    // The same content, signed: taken in place of the other.
    let files = read_folder(&place.path().join(TOY)).expect("readable");
    let answer = open(demand()).upload("", ZIP, zip(&files));
    assert_eq!((&answer.json["state"], &answer.json["signedBy"]), (&"active".into(), &"ours".into()));
    assert_eq!(open(demand()).group(TOY).expect("grouped").1, "First");
}

#[test]
fn a_signature_may_be_added_later() {
    let place = signed();
    let keys = std::fs::read_to_string(place.path().join(PUBLIC)).expect("readable");
    let desk = Desk::open(Some(&place.path().join("state")), Policy::read(&keys, false).expect("a trusted key"));
    let answer = desk.upload("", ZIP, zip(&named("First")));
    assert_eq!((answer.status.as_u16(), &answer.json["signedBy"]), (201, &serde_json::Value::Null));
    let files = read_folder(&place.path().join(TOY)).expect("readable");
    let answer = desk.upload("", ZIP, zip(&files));
    assert_eq!((answer.status.as_u16(), &answer.json["signedBy"]), (201, &"ours".into()));
}
