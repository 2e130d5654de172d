//! The configuration: a file under the environment under flags, unknown keys refused by name, secrets never shown.

mod support;

use std::path::Path;
use std::process::Command;

const SECRET: &str = "a-secret-of-the-proxy-0123";

/// Runs `hrg config` in a folder; gives what it printed, or what it complained of.
fn config(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HRG_")) {
        command.env_remove(name);
    }
    let output = command.current_dir(folder).arg("config").args(args).envs(variables.iter().copied()).output();
    let output = output.expect("the command runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("hrg.toml"), text).expect("written");
    folder
}

#[test]
fn flags_lie_over_the_environment_and_that_over_the_file() {
    let place = folder("listen = \"127.0.0.1:1001\"\nthreads = 3\n[limits]\nseconds = 11\nstreams = 5\n");
    let show = |args: &[&str], variables: &[(&str, &str)]| {
        let all = [&["show", "--config", "hrg.toml"], args].concat();
        let text = config(place.path(), &all, variables).expect("sound");
        let table: toml::Table = toml::from_str(&text).expect("what is shown can be read");
        let number = |section: &str, key: &str| {
            let place = if section.is_empty() { Some(&table) } else { table[section].as_table() };
            place.and_then(|place| place[key].as_integer()).expect("a number")
        };
        let listen = table["listen"].as_str().expect("an address").to_owned();
        (listen, number("", "threads"), number("limits", "seconds"), number("limits", "streams"))
    };
    assert_eq!(show(&[], &[]), ("127.0.0.1:1001".to_owned(), 3, 11, 5));
    let variables = [("HRG_LISTEN", "127.0.0.1:1002"), ("HRG_LIMITS__SECONDS", "12"), ("HRG_THREADS", "4")];
    assert_eq!(show(&[], &variables), ("127.0.0.1:1002".to_owned(), 4, 12, 5));
    let flags = ["--listen", "127.0.0.1:1003", "--set", "limits.seconds=13", "--threads", "2"];
    assert_eq!(show(&flags, &variables), ("127.0.0.1:1003".to_owned(), 2, 13, 5));
    let named = [("HRG_CONFIG", "hrg.toml")];
    assert!(config(place.path(), &["show"], &named).expect("sound").contains("127.0.0.1:1001"));
}

#[test]
fn a_key_that_is_not_known_is_refused_with_its_name_wherever_it_stands() {
    for (text, words) in [
        ("lissen = \"127.0.0.1:1\"", &["hrg.toml", "lissen"][..]),
        ("[limits]\nsecond = 1", &["hrg.toml", "limits", "`second`"]),
        ("[access.oauth]\nissuer = \"a\"\naudience = \"b\"\nleeway = 1", &["access.oauth", "leeway"]),
        ("[acess]\nkeys_file = \"keys.toml\"", &["acess"]),
        ("[access]\nkey_file = \"keys.toml\"", &["access", "key_file"]),
    ] {
        let fault = config(folder(text).path(), &["check", "--config", "hrg.toml"], &[]).expect_err(text);
        assert!(words.iter().all(|word| fault.contains(word)), "{fault}");
    }
    let place = folder("");
    let fault = config(place.path(), &["check"], &[("HRG_LIMITS__SECOND", "1")]).expect_err("refused");
    assert!(fault.contains("HRG_LIMITS__SECOND") && fault.contains("`second`"), "{fault}");
    let fault = config(place.path(), &["check", "--set", "limits.second=1"], &[]).expect_err("refused");
    assert!(fault.contains("--set limits.second"), "{fault}");
    // Names that an orchestrator makes of a service's name are none of ours.
    config(place.path(), &["check"], &[("HRG_PORT_8080_TCP", "tcp://10.0.0.1:8080")]).expect("sound");
}

#[test]
fn the_service_does_not_start_with_a_key_that_is_not_known() {
    let place = folder("[limits]\nsecond = 1");
    let output = Command::new(env!("CARGO_BIN_EXE_hrg"))
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(place.path().join("hrg.toml"))
        .output()
        .expect("the command ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`second`"));
}

#[test]
fn values_that_cannot_be_are_refused() {
    for (setting, words) in [
        ("limits.seconds=0", "limits.seconds"),
        ("limits.seconds=-1", "limits.seconds"),
        ("limits.seconds=soon", "limits.seconds"),
        ("limits.requests=0", "limits.requests"),
        ("jobs.hours=1000", "jobs.hours"),
        ("listen=nowhere", "listen"),
        ("listen=0.0.0.0:8080", "loopback only"),
        ("admin.listen=0.0.0.0:8081", "loopback only"),
        ("access.keys_file=missing.toml", "missing.toml"),
        ("nothing", "KEY=VALUE"),
    ] {
        let fault = config(folder("").path(), &["check", "--set", setting], &[]).expect_err(setting);
        assert!(fault.contains(words), "{setting}: {fault}");
    }
}

#[test]
fn with_access_configured_the_service_may_listen_anywhere() {
    let place =
        folder("listen = \"0.0.0.0:8080\"\n[admin]\nlisten = \"0.0.0.0:8081\"\n[access]\nkeys_file = \"keys.toml\"\n");
    std::fs::write(place.path().join("keys.toml"), "").expect("written");
    assert_eq!(
        config(place.path(), &["check", "--config", "hrg.toml"], &[]),
        Ok("the configuration is sound\n".to_owned())
    );
}

#[test]
fn a_proxy_beyond_the_loopback_has_a_secret_or_its_address_alone() {
    let sound = |lines: &str| {
        let place = folder(&format!("[access.proxy]\n{lines}\n"));
        config(place.path(), &["check", "--config", "hrg.toml"], &[])
    };
    for lines in [
        "from = [\"127.0.0.1/32\", \"::1/128\"]".to_owned(),
        format!("from = [\"10.1.2.3/32\"]\nsecret = \"{SECRET}\""),
        "from = [\"10.1.2.3/32\"]\naddress_alone = true".to_owned(),
    ] {
        assert!(sound(&lines).is_ok(), "{lines}");
    }
    for from in ["10.1.2.3/32", "127.0.0.1/32\", \"10.1.2.3/32", "0.0.0.0/0", "126.0.0.0/7"] {
        let fault = sound(&format!("from = [\"{from}\"]")).expect_err(from);
        assert!(fault.contains("access.proxy.secret"), "{from}: {fault}");
    }
}

#[test]
fn a_secret_is_never_shown() {
    let proxy =
        |secret: &str, more: &str| format!("[access.proxy]\nfrom = [\"10.0.0.0/8\"]\nsecret = {secret}\n{more}");
    let place = folder(&proxy(&format!("\"{SECRET}\""), ""));
    let shown = config(place.path(), &["show", "--config", "hrg.toml"], &[]).expect("sound");
    assert!(shown.contains("secret = \"***\"") && !shown.contains(SECRET), "{shown}");
    // Nor where the file is at fault, in the very line of the secret or beside it.
    for (text, why) in [
        (proxy(&format!("\"{SECRET}"), ""), "a quote is missing"),
        (proxy(&format!("[\"{SECRET}\"]"), ""), "of another kind"),
        (proxy(&format!("\"{SECRET}\""), "secret = 1"), "there twice"),
        (proxy(&format!("\"{SECRET}\""), "unknown = 1"), "another key"),
        (proxy(&format!("\"{SECRET}\""), "").replace("secret =", "secert ="), "misspelt"),
    ] {
        let fault = config(folder(&text).path(), &["check", "--config", "hrg.toml"], &[]).expect_err(why);
        assert!(!fault.contains(SECRET), "{why}: {fault}");
    }
    let fault = config(place.path(), &["check"], &[("HRG_ACCESS__PROXY__SECRET", SECRET)]).expect_err("no addresses");
    assert!(!fault.contains(SECRET), "{fault}");
}
