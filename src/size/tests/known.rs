//! Known answers.

use super::fixture::answer;
use crate::spec::identity_cache;

#[test]
fn print_it() {
    let start = std::time::Instant::now();
    let answer = answer(&identity_cache());
    println!("{:?}", start.elapsed());
    println!("{:#?}", answer.chosen);
    for r in &answer.runners_up {
        println!("{} {} {:?} {} {}", r.node_type, r.engine, r.layout, r.bill.monthly, r.binding);
    }
    for c in &answer.caveats {
        println!("{c}");
    }
    for c in &answer.candidates {
        println!(
            "{} {} {:?} {:?}",
            c.node_type,
            c.engine,
            c.layout(),
            c.first_shortfall.as_ref().map(|c| (c.resource, c.demand, c.allowed))
        );
    }
    let s = serde_json::to_string(&answer).unwrap();
    println!("{}", s.len());
}
