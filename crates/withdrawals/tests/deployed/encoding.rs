//! ABI files as data: the functions that a contract has, values for their arguments, and the encoding of those values. Nothing of
//! it comes from the bindings, which are made from our own ABIs.

use alloy_primitives::{Address, B256, U256, keccak256};
use serde_json::Value as Json;

/// A type as an ABI file writes it.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// `uintN`, `intN`, `bool`, `address` and enums: a word of so many bits, signed or not.
    Word(usize, bool),
    /// `bytesN`: a word that starts on the left.
    Fixed(usize),
    /// `bytes` and `string`.
    Bytes,
    /// `T[]`.
    List(Box<Kind>),
    /// `T[N]`.
    Array(Box<Kind>, usize),
    /// A struct.
    Tuple(Vec<Kind>),
}

/// A value of a type.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Word(U256),
    Bytes(Vec<u8>),
    /// Of a list: its length stands in front.
    List(Vec<Value>),
    /// Of an array or a struct.
    Tuple(Vec<Value>),
}

impl From<Address> for Value {
    fn from(address: Address) -> Self {
        Self::Word(U256::from_be_bytes(address.into_word().0))
    }
}

impl From<B256> for Value {
    fn from(word: B256) -> Self {
        Self::Word(U256::from_be_bytes(word.0))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Word(U256::from(number))
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl Value {
    fn is_dynamic(&self) -> bool {
        match self {
            Self::Word(_) => false,
            Self::Bytes(_) | Self::List(_) => true,
            Self::Tuple(values) => values.iter().any(Self::is_dynamic),
        }
    }
}

/// Encoding of arguments in a row.
pub(crate) fn encode(values: &[Value]) -> Vec<u8> {
    fn one(value: &Value) -> Vec<u8> {
        match value {
            Value::Word(word) => word.to_be_bytes::<32>().to_vec(),
            Value::Bytes(bytes) => {
                let mut out = U256::from(bytes.len()).to_be_bytes::<32>().to_vec();
                out.extend(bytes);
                out.resize(out.len().next_multiple_of(32), 0);
                out
            }
            Value::List(values) => {
                let mut out = U256::from(values.len()).to_be_bytes::<32>().to_vec();
                out.extend(encode(values));
                out
            }
            Value::Tuple(values) => encode(values),
        }
    }
    let parts: Vec<(bool, Vec<u8>)> = values.iter().map(|value| (value.is_dynamic(), one(value))).collect();
    let mut at: usize = parts.iter().map(|(dynamic, part)| if *dynamic { 32 } else { part.len() }).sum();
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    for (dynamic, part) in parts {
        if dynamic {
            head.extend(U256::from(at).to_be_bytes::<32>());
            at += part.len();
            tail.extend(part);
        } else {
            head.extend(part);
        }
    }
    head.extend(tail);
    head
}

/// A function of an ABI file.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) selector: [u8; 4],
    pub(crate) inputs: Vec<(String, Kind)>,
    pub(crate) payable: bool,
    pub(crate) constant: bool,
}

fn signature_of(parameter: &Json) -> String {
    let text = parameter["type"].as_str().unwrap();
    match text.strip_prefix("tuple") {
        Some(rest) => {
            let inner: Vec<String> = parameter["components"].as_array().unwrap().iter().map(signature_of).collect();
            format!("({}){rest}", inner.join(","))
        }
        None => text.to_owned(),
    }
}

fn kind_of(text: &str, parameter: &Json) -> Kind {
    if let Some(open) = text.ends_with(']').then(|| text.rfind('[').unwrap()) {
        let inner = Box::new(kind_of(&text[..open], parameter));
        return match text[open + 1..text.len() - 1].parse() {
            Ok(length) => Kind::Array(inner, length),
            Err(_) => Kind::List(inner),
        };
    }
    match text {
        "tuple" => {
            let components = parameter["components"].as_array().unwrap();
            Kind::Tuple(components.iter().map(|c| kind_of(c["type"].as_str().unwrap(), c)).collect())
        }
        "bytes" | "string" => Kind::Bytes,
        "bool" => Kind::Word(1, false),
        "address" => Kind::Word(160, false),
        _ => {
            let digits = text.trim_start_matches(|c: char| c.is_ascii_lowercase());
            let number: usize = digits.parse().unwrap_or(256);
            match &text[..text.len() - digits.len()] {
                "bytes" => Kind::Fixed(number),
                "int" => Kind::Word(number, true),
                "uint" => Kind::Word(number, false),
                other => panic!("{other}"),
            }
        }
    }
}

/// The functions of an ABI file.
pub(crate) fn functions(abi: &Json) -> Vec<Function> {
    let entries = abi.as_array().unwrap().iter().filter(|entry| entry["type"] == "function");
    entries
        .map(|entry| {
            let inputs = entry["inputs"].as_array().unwrap();
            let name = entry["name"].as_str().unwrap().to_owned();
            let types: Vec<String> = inputs.iter().map(signature_of).collect();
            let hash = keccak256(format!("{name}({})", types.join(",")));
            let mutability = entry["stateMutability"].as_str().unwrap();
            Function {
                selector: hash[..4].try_into().unwrap(),
                inputs: inputs
                    .iter()
                    .map(|i| (i["name"].as_str().unwrap().to_owned(), kind_of(i["type"].as_str().unwrap(), i)))
                    .collect(),
                payable: mutability == "payable",
                constant: matches!(mutability, "view" | "pure"),
                name,
            }
        })
        .collect()
}
