//! `variables.tf` as values: names, types, defaults, and validations that can be evaluated.

use std::collections::BTreeMap;

use hcl::eval::{Context, Evaluate, FuncArgs, FuncDef, ParamType};
use hcl::{Block, Body, Expression, Value};

/// One `variable` block.
pub(super) struct Variable {
    /// As in `list(string)`.
    pub(super) kind: String,
    /// Whether it may be left out.
    pub(super) has_default: bool,
    conditions: Vec<Expression>,
}

/// The variables of a module by name.
pub(super) fn variables(text: &str) -> BTreeMap<String, Variable> {
    let body: Body = hcl::parse(text).unwrap();
    let blocks = body.into_blocks().filter(|block| block.identifier() == "variable");
    blocks.map(|block| (block.labels()[0].as_str().to_owned(), variable(&block))).collect()
}

fn variable(block: &Block) -> Variable {
    let body = block.body();
    let named = |name: &str| body.attributes().find(|attribute| attribute.key() == name);
    let conditions = body
        .blocks()
        .filter(|block| block.identifier() == "validation")
        .map(|block| block.body().attributes().find(|a| a.key() == "condition").unwrap())
        .map(|attribute| attribute.expr().clone())
        .collect();
    Variable {
        kind: hcl::format::to_string(named("type").unwrap().expr()).unwrap(),
        has_default: named("default").is_some(),
        conditions,
    }
}

impl Variable {
    /// Whether `value` is of the variable's type.
    pub(super) fn accepts(&self, value: &serde_json::Value) -> bool {
        match self.kind.as_str() {
            "string" => value.is_string(),
            "number" => value.is_number(),
            "bool" => value.is_boolean(),
            "list(string)" => {
                value.as_array().is_some_and(|items| items.iter().all(serde_json::Value::is_string))
            }
            "map(string)" => {
                value.as_object().is_some_and(|map| map.values().all(serde_json::Value::is_string))
            }
            other => panic!("nothing fills a {other}"),
        }
    }
}

/// The names of the variables whose validations refuse `values`.
pub(super) fn refused(
    variables: &BTreeMap<String, Variable>,
    values: &serde_json::Value,
) -> Vec<String> {
    let mut context = Context::new();
    context.declare_var("var", hcl::to_value(values).unwrap());
    context.declare_func("length", FuncDef::new(length, [ParamType::Any]));
    context.declare_func("floor", FuncDef::new(floor, [ParamType::Number]));
    context.declare_func("contains", FuncDef::new(contains, [ParamType::Any, ParamType::Any]));
    context
        .declare_func("regexall", FuncDef::new(regexall, [ParamType::String, ParamType::String]));
    for (name, function) in
        [("alltrue", alltrue as hcl::eval::Func), ("distinct", distinct), ("keys", keys)]
    {
        context.declare_func(name, FuncDef::new(function, [ParamType::Any]));
    }
    let holds = |condition: &Expression| condition.evaluate(&context).unwrap() == Value::Bool(true);
    let given = variables.iter().filter(|(name, _)| values.get(name).is_some());
    given
        .filter(|(_, variable)| !variable.conditions.iter().all(holds))
        .map(|(name, _)| name.clone())
        .collect()
}

#[expect(clippy::needless_pass_by_value, reason = "hcl calls it so")]
fn length(args: FuncArgs) -> Result<Value, String> {
    match &args[0] {
        Value::String(text) => Ok(Value::from(text.chars().count())),
        Value::Array(items) => Ok(Value::from(items.len())),
        other => Err(format!("{other} has no length")),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "hcl calls it so")]
fn floor(args: FuncArgs) -> Result<Value, String> {
    Ok(Value::from(args[0].as_f64().ok_or("not a number")?.floor()))
}

#[expect(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "hcl calls it so")]
fn contains(args: FuncArgs) -> Result<Value, String> {
    Ok(Value::Bool(args[0].as_array().is_some_and(|items| items.contains(&args[1]))))
}

#[expect(clippy::needless_pass_by_value, reason = "hcl calls it so")]
fn regexall(args: FuncArgs) -> Result<Value, String> {
    let text = |at: usize| args[at].as_str().ok_or("not a string");
    let pattern = regex::Regex::new(text(0)?).map_err(|error| error.to_string())?;
    Ok(pattern.find_iter(text(1)?).map(|found| found.as_str()).collect())
}

#[expect(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "hcl calls it so")]
fn alltrue(args: FuncArgs) -> Result<Value, String> {
    let is_true = |items: &Vec<Value>| items.iter().all(|item| *item == Value::Bool(true));
    Ok(Value::Bool(args[0].as_array().is_some_and(is_true)))
}

#[expect(clippy::needless_pass_by_value, reason = "hcl calls it so")]
fn distinct(args: FuncArgs) -> Result<Value, String> {
    let mut found = Vec::new();
    for item in args[0].as_array().ok_or("not a list")? {
        if !found.contains(item) {
            found.push(item.clone());
        }
    }
    Ok(Value::Array(found))
}

#[expect(clippy::needless_pass_by_value, reason = "hcl calls it so")]
fn keys(args: FuncArgs) -> Result<Value, String> {
    let object = args[0].as_object().ok_or("not a map")?;
    Ok(object.keys().map(String::as_str).collect())
}
