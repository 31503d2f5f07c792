use super::*;
use crate::spec::{EngineRule, IDENTITY_CACHE, identity_cache, parse};
use crate::units::Fraction;

#[test]
fn a_policy_file_overrides_what_it_sets_and_nothing_else() {
    let text = format!("{IDENTITY_CACHE}\n[policy]\nengine_cpu = \"70%\"\nmin_replicas = 1\n");
    let plan = parse("w.toml", &text).expect("complete");
    let file = "name = \"acme\"\nmin_replicas = 2\ndeny = [\"t4g\"]\nengines = [\"valkey\"]\n";
    let ruled = plan.clone().under_policy("acme.toml", file).expect("complete");
    assert_eq!(Some(ruled.policy.engine_cpu), Fraction::from_percent(70));
    assert_eq!((ruled.policy.min_replicas, &ruled.policy.deny[..]), (2, &["t4g".to_owned()][..]));
    assert!(matches!(ruled.policy.engines[..], [EngineRule::Product(_)]));
    let by = |rule| ruled.policy_origin.set_by(&ruled.policy, rule);
    assert_eq!(by(Rule::EngineCpu), SetBy::WorkloadFile);
    assert_eq!(by(Rule::MinReplicas), SetBy::PolicyFile { instead_of: Some("1".into()) });
    assert_eq!(by(Rule::Memory), SetBy::Default);
    let changed: Vec<Rule> = ruled.overruled().into_iter().map(|one| one.rule).collect();
    assert_eq!(changed, [Rule::MinReplicas, Rule::Deny, Rule::Engines]);
    let recorded = ruled.policy_origin.file.as_ref().expect("it was laid over");
    assert_eq!((recorded.name.as_str(), recorded.digest.clone()), ("acme", Digest::of(file)));

    // Another file takes its place; it is not laid over it.
    let other = ruled.under_policy("b.toml", "name = \"b\"\nmemory = \"80%\"\n").expect("complete");
    assert_eq!((other.policy.min_replicas, other.policy.deny.len()), (1, 0));
    let without = other.under_policy("c.toml", "name = \"c\"\n").expect("complete");
    assert_eq!(without.policy, plan.policy);
}

#[test]
fn the_template_is_the_default() {
    let ruled = identity_cache().under_policy("p.toml", POLICY_EXAMPLE).expect("complete");
    assert_eq!(ruled.policy, Policy::default());
    assert_eq!(ruled.overruled(), []);
    for rule in Rule::ALL {
        assert!(POLICY_EXAMPLE.contains(&format!("{} =", rule.key())), "{rule}");
    }
}

#[test]
fn problems_of_a_policy_file_have_their_places() {
    let problems = |text: &str| {
        let error = identity_cache().under_policy("p.toml", text).expect_err("a bad file");
        assert_eq!(error.file, "p.toml");
        let show = |p: &Problem| {
            format!("{}:{}: {} {:?}", p.line, p.column, p.message, p.suggestion.as_deref())
        };
        error.problems.iter().map(show).collect::<Vec<_>>()
    };
    let text = "name = \"a\"\nmin_headrom = \"20%\"\nmulti_az = 1\nmax_price_age = \"old\"\n";
    assert_eq!(
        problems(text),
        [
            "2:1: the file has no `min_headrom` Some(\"did you mean `min_headroom`?\")",
            "3:12: `multi_az` must be true or false None",
            "4:17: `max_price_age` is written like \"18 months\", at most 120 None",
        ]
    );
    let text = "name = \"a\"\nmin_shards = 3\nmax_shards = 2\n";
    assert_eq!(problems(text), ["3:14: `max_shards` of 2 is below `min_shards` of 3 None"]);
    let text = "name = \"a\"\nallow = [\"r7g\"]\ndeny = [\"r7g\"]\n";
    assert_eq!(problems(text), ["3:8: `r7g` is both in `allow` and in `deny` None"]);
    let text = "name = \"a\"\nmulti_az = true\nmin_replicas = 0\n";
    assert_eq!(problems(text), ["3:16: `multi_az` needs `min_replicas` of at least 1 None"]);
    let text = "name = \"a\"\nengines = [\"valky\"]\nallow = [\"R7G\"]\n";
    assert_eq!(
        problems(text),
        [
            "2:12: `engines` cannot be `valky` Some(\"did you mean `valkey`?\")",
            "3:10: `allow`: write a family like \"r7g\" or a type like \"cache.r7g.large\" None",
        ]
    );
    assert!(problems("memory = \"80%\"\n")[0].contains("lacks `name`"));
}

#[test]
fn a_plan_below_its_policy_is_raised_and_says_so() {
    let mut plan = identity_cache();
    assert_eq!(plan.raised(), []);
    plan.capacity.replicas = 0;
    plan.capacity.multi_az = false;
    plan.policy.multi_az = true;
    plan.policy.min_headroom = Fraction::from_percent(30).expect("a percentage");
    let ruled = plan.as_ruled();
    assert_eq!((ruled.capacity.replicas, ruled.capacity.multi_az), (1, true));
    assert_eq!(ruled.capacity.headroom, plan.policy.min_headroom);
    let keys: Vec<&str> = plan.raised().iter().map(|raised| raised.key).collect();
    assert_eq!(keys, ["replicas", "multi_az", "headroom"]);
    assert_eq!(ruled.raised(), [], "once is enough");
}
