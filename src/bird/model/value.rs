//! Values of options, as far as they are plain.

use std::net::IpAddr;

use crate::bird::Configuration;
use crate::bird::plain::{self, Plain};
use crate::bird::tree::{Argument, Expr, Item};
use crate::seen::{Seen, Unseen};

impl Configuration {
    /// Why a term has no plain value.
    pub(super) fn not_plain(&self, expr: &Expr) -> Unseen {
        let place = self.sources.place(expr.span);
        Unseen::new(
            format!("`{}` at {place} is computed when BIRD runs", self.sources.shown(expr.span)),
            "write the value out, or ask the running daemon",
        )
    }

    /// A number; `default` where the option is not given.
    pub(super) fn number(&self, value: Option<&Expr>, default: Option<u32>) -> Seen<u32> {
        match value {
            None => default.into(),
            Some(expr) => match plain::int(&self.tree, expr) {
                Some(number) => Seen::Known(number),
                None => Seen::Unseen(self.not_plain(expr)),
            },
        }
    }

    /// An address.
    pub(super) fn address(&self, value: Option<&Expr>) -> Seen<IpAddr> {
        match value {
            None => Seen::Absent,
            Some(expr) => match plain::address(&self.tree, expr) {
                Some(address) => Seen::Known(address),
                None => Seen::Unseen(self.not_plain(expr)),
            },
        }
    }

    /// A router id: a number or an IPv4 address.
    pub(super) fn id(&self, expr: &Expr) -> Seen<u32> {
        match plain::value(&self.tree, expr) {
            Some(Plain::Int(number)) => Seen::Known(number),
            Some(Plain::Address(IpAddr::V4(address))) => Seen::Known(u32::from(address)),
            Some(_) | None => Seen::Unseen(self.not_plain(expr)),
        }
    }

    /// A switch; `default` where the option is not given.
    pub(super) fn switch(&self, item: Option<&Item>, default: Option<bool>) -> Seen<bool> {
        let Some(item) = item else { return default.into() };
        match item.arguments.iter().find(|argument| matches!(argument, Argument::Switch(..))) {
            Some(Argument::Switch(Some(on), _)) => Seen::Known(*on),
            Some(Argument::Switch(None, span)) => {
                let place = self.sources.place(*span);
                Seen::Unseen(Unseen::new(
                    format!("the switch at {place} is computed when BIRD runs"),
                    "write `on` or `off`",
                ))
            }
            _ => Seen::Known(true),
        }
    }
}
