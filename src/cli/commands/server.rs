//! The server that is named: by its address, or by its identifier in an AWS account.

use std::path::Path;

#[cfg(feature = "aws")]
use crate::aws::{Auth, AwsError, Deployed, Kind, Login, Session, Whose};
use crate::cli::args::ServerArgs;
use crate::cli::failure::Failure;
use crate::target::{AddressError, Detours, Endpoint, Secret, TlsOptions};

/// A server, and what AWS says of it.
pub(super) struct Server {
    pub endpoint: Endpoint,
    /// Of the nodes that are measured; `None` for an address and for serverless.
    pub node_type: Option<String>,
}

/// What was named, if anything was. A token that IAM vouches for is renewed while the runtime lives.
pub(super) async fn find(args: &ServerArgs) -> Result<Option<Server>, Failure> {
    if let Some(url) = &args.target {
        let mut endpoint = Endpoint::parse(url.reveal())?;
        finish(&mut endpoint, args)?;
        return Ok(Some(Server { endpoint, node_type: None }));
    }
    match &args.elasticache {
        #[cfg(feature = "aws")]
        Some(id) => find_in_account(id, args).await.map(Some),
        #[cfg(not(feature = "aws"))]
        Some(_) => Err(Failure::WithoutAws),
        None => Ok(None),
    }
}

/// TLS, password and detours, as they were typed or stand in the environment.
fn finish(endpoint: &mut Endpoint, args: &ServerArgs) -> Result<(), AddressError> {
    let tls = &args.tls;
    let options = TlsOptions {
        ca: tls.ca.clone(),
        identity: tls.cert.clone().zip(tls.key.clone()),
        server_name: tls.server_name.clone(),
    };
    if endpoint.tls.is_some() {
        endpoint.tls = Some(options);
    } else if options != TlsOptions::default() {
        return Err(AddressError::PlainWithTls);
    }
    if endpoint.password.is_none() && !args.iam {
        let password = std::env::var("REDISCLI_AUTH").ok().filter(|text| !text.is_empty());
        endpoint.password = password.map(Secret::new);
    }
    endpoint.detours = Detours::parse(&args.resolve)?;
    Ok(())
}

#[cfg(feature = "aws")]
async fn find_in_account(id: &str, args: &ServerArgs) -> Result<Server, Failure> {
    let whose = Whose { profile: args.aws_profile.clone(), region: args.aws_region.clone() };
    let session = Session::open(&whose).await?;
    let cache = session.find(id).await?;
    let Deployed { id, status, .. } = &cache;
    let place = cache.endpoint.as_ref();
    let place =
        place.ok_or_else(|| AwsError::NoEndpoint { id: id.clone(), status: status.clone() })?;
    let mut endpoint = Endpoint::new(place.host.clone(), place.port);
    endpoint.tls = (cache.tls == Some(true)).then(TlsOptions::default);
    endpoint.user.clone_from(&args.user);
    finish(&mut endpoint, args)?;
    if args.iam {
        keep_token(session, &cache, &mut endpoint).await?;
    }
    wants_login(&cache, &endpoint)?;
    Ok(Server { endpoint, node_type: cache.node_type })
}

/// The first token, and those that follow it.
#[cfg(feature = "aws")]
async fn keep_token(
    session: Session,
    cache: &Deployed,
    endpoint: &mut Endpoint,
) -> Result<(), Failure> {
    let login = Login {
        cache: cache.id.clone(),
        user: endpoint.user.clone().unwrap_or_default(),
        is_serverless: cache.kind == Kind::Serverless,
    };
    let secret = Secret::new(session.token(&login).await?);
    endpoint.password = Some(secret.clone());
    tokio::spawn(async move { session.keep_token(&login, |token| secret.renew(token)).await });
    Ok(())
}

/// Refuses a login that cannot do, before anybody knocks.
#[cfg(feature = "aws")]
fn wants_login(cache: &Deployed, endpoint: &Endpoint) -> Result<(), Failure> {
    let is_missing = match cache.auth {
        Auth::Open => false,
        Auth::Token => endpoint.password.is_none(),
        Auth::Users(_) => endpoint.user.is_none() && endpoint.password.is_none(),
    };
    if is_missing {
        return Err(Failure::WantsLogin { id: cache.id.clone(), auth: cache.auth.label() });
    }
    Ok(())
}

/// What removes the plan's keys, to be typed into a shell; the password is never part of it.
pub(super) fn clean_command(run_dir: &Path, endpoint: &Endpoint, args: &ServerArgs) -> String {
    let mut words = vec!["cachefit".to_owned(), "clean".into()];
    words.push(quoted(&run_dir.display().to_string()));
    match &args.elasticache {
        None => words.extend(["--target".into(), quoted(&endpoint.url())]),
        Some(id) => words.extend(["--elasticache".into(), quoted(id)]),
    }
    let options = [
        ("--user", &args.user),
        ("--aws-profile", &args.aws_profile),
        ("--aws-region", &args.aws_region),
    ];
    for (option, value) in options {
        words.extend(value.iter().flat_map(|value| [option.to_owned(), quoted(value)]));
    }
    words.extend(args.iam.then(|| "--iam".into()));
    for given in &args.resolve {
        words.extend(["--resolve".into(), quoted(given)]);
    }
    if let Some(TlsOptions { ca, identity, server_name }) = &endpoint.tls {
        let path = |path: &Path| quoted(&path.display().to_string());
        words.extend(ca.iter().flat_map(|ca| ["--tls-ca".into(), path(ca)]));
        words.extend(identity.iter().flat_map(|(certificate, key)| {
            ["--tls-cert".into(), path(certificate), "--tls-key".into(), path(key)]
        }));
        words
            .extend(server_name.iter().flat_map(|name| ["--tls-server-name".into(), quoted(name)]));
    }
    let mut command = words.join(" ");
    if endpoint.password.is_some() && !args.iam {
        command.push_str(" (with the password in REDISCLI_AUTH)");
    }
    command
}

/// A word as a shell takes it literally.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches as _};

    use super::*;

    fn args(words: &[&str]) -> ServerArgs {
        let command = ServerArgs::augment_args(clap::Command::new("x").no_binary_name(true));
        ServerArgs::from_arg_matches(&command.get_matches_from(words)).unwrap()
    }

    #[test]
    fn the_command_that_cleans_can_be_typed_and_holds_no_password() {
        let endpoint = Endpoint::parse("redis://ann:secret@cache:7000/2").unwrap();
        let run_dir = Path::new("my plan's run");
        let typed = args(&["--target", "redis://cache:7000", "--resolve", "cache:7000:[::1]"]);
        assert_eq!(
            clean_command(run_dir, &endpoint, &typed),
            r"cachefit clean 'my plan'\''s run' --target redis://ann@cache:7000/2 \
             --resolve 'cache:7000:[::1]' (with the password in REDISCLI_AUTH)"
                .replace("\\\n             ", "")
        );
        let endpoint = Endpoint::parse("redis://cache").unwrap();
        assert_eq!(
            clean_command(Path::new("run"), &endpoint, &args(&["--target", "redis://cache"])),
            "cachefit clean run --target redis://cache:6379"
        );
    }

    #[test]
    fn a_cache_of_an_account_is_cleaned_by_its_name() {
        let endpoint = Endpoint::parse("rediss://app:token@host").unwrap();
        let typed = args(&["--elasticache", "orders", "--user", "app", "--iam"]);
        assert_eq!(
            clean_command(Path::new("run"), &endpoint, &typed),
            "cachefit clean run --elasticache orders --user app --iam"
        );
    }
}
