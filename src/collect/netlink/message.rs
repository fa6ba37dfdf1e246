//! Netlink's framing, read in place: messages in a datagram, attributes in a message.
//!
//! Owns the layout that `linux/netlink.h` lays down. Must not know what any message means.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes that are not what they should be; what they stood for is unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// The length of `struct nlmsghdr`.
const MESSAGE_HEADER: usize = 16;
/// The length of `struct nlattr`.
const ATTRIBUTE_HEADER: usize = 4;
/// The bits of an attribute's type that are not its number (`NLA_F_NESTED`, `NLA_F_NET_BYTEORDER`).
const ATTRIBUTE_MARKS: u16 = 0xc000;

/// One message of a datagram.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// `nlmsg_type`.
    pub kind: u16,
    /// `nlmsg_flags`.
    pub flags: u16,
    /// `nlmsg_seq`: the request that it answers; 0 for a notification.
    pub sequence: u32,
    /// What follows the header.
    pub body: &'a [u8],
}

/// The messages of a datagram, in order.
#[derive(Clone, Debug)]
pub struct Messages<'a>(pub &'a [u8]);

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let message = self.split();
        if message.is_err() {
            self.0 = &[];
        }
        Some(message)
    }
}

impl<'a> Messages<'a> {
    fn split(&mut self) -> Result<Message<'a>, Malformed> {
        let length = u32_at(self.0, 0)? as usize;
        let whole = self.0.get(..length).ok_or(Malformed)?;
        let body = whole.get(MESSAGE_HEADER..).ok_or(Malformed)?;
        let (kind, flags, sequence) = (u16_at(whole, 4)?, u16_at(whole, 6)?, u32_at(whole, 8)?);
        self.0 = self.0.get(aligned(length)..).unwrap_or(&[]);
        Ok(Message { kind, flags, sequence, body })
    }
}

/// One attribute.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// `nla_type` without its marks.
    pub kind: u16,
    /// The payload.
    pub value: &'a [u8],
}

/// A run of attributes, in order.
#[derive(Clone, Debug)]
pub struct Attributes<'a>(pub &'a [u8]);

impl<'a> Attributes<'a> {
    /// The attributes of a message behind its family header of `length` bytes.
    pub fn after(body: &'a [u8], length: usize) -> Result<Attributes<'a>, Malformed> {
        body.get(length..).map(Attributes).ok_or(Malformed)
    }

    fn split(&mut self) -> Result<Attribute<'a>, Malformed> {
        let length = usize::from(u16_at(self.0, 0)?);
        let kind = u16_at(self.0, 2)? & !ATTRIBUTE_MARKS;
        let value = self.0.get(ATTRIBUTE_HEADER..length).ok_or(Malformed)?;
        self.0 = self.0.get(aligned(length)..).unwrap_or(&[]);
        Ok(Attribute { kind, value })
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let attribute = self.split();
        if attribute.is_err() {
            self.0 = &[];
        }
        Some(attribute)
    }
}

impl<'a> Attribute<'a> {
    /// The payload as one byte.
    pub fn u8(&self) -> Result<u8, Malformed> {
        self.value.first().copied().ok_or(Malformed)
    }

    /// The payload as two bytes in the host's order.
    pub fn u16(&self) -> Result<u16, Malformed> {
        u16_at(self.value, 0)
    }

    /// The payload as four bytes in the host's order.
    pub fn u32(&self) -> Result<u32, Malformed> {
        u32_at(self.value, 0)
    }

    /// The payload as eight bytes in the host's order.
    pub fn u64(&self) -> Result<u64, Malformed> {
        u64_at(self.value, 0)
    }

    /// The payload as an address; its length tells the family.
    pub fn address(&self) -> Result<IpAddr, Malformed> {
        address(self.value)
    }

    /// The payload as attributes.
    pub fn nested(&self) -> Attributes<'a> {
        Attributes(self.value)
    }
}

/// The address of 4 or 16 bytes.
pub fn address(bytes: &[u8]) -> Result<IpAddr, Malformed> {
    if let Ok(octets) = <[u8; 16]>::try_from(bytes) {
        return Ok(IpAddr::V6(Ipv6Addr::from(octets)));
    }
    <[u8; 4]>::try_from(bytes).map(|octets| IpAddr::V4(Ipv4Addr::from(octets))).map_err(|_| Malformed)
}

/// Two bytes at an offset, in the host's order.
pub fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Malformed> {
    array(bytes, at).map(u16::from_ne_bytes)
}

/// Four bytes at an offset, in the host's order.
pub fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Malformed> {
    array(bytes, at).map(u32::from_ne_bytes)
}

/// Eight bytes at an offset, in the host's order.
pub fn u64_at(bytes: &[u8], at: usize) -> Result<u64, Malformed> {
    array(bytes, at).map(u64::from_ne_bytes)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Malformed> {
    let field = bytes.get(at..).and_then(|rest| rest.first_chunk::<N>());
    field.copied().ok_or(Malformed)
}

/// A length rounded up to the four bytes at which netlink aligns messages and attributes.
fn aligned(length: usize) -> usize {
    (length + 3) & !3
}

/// A request: header, then a body that is already laid out.
pub fn request(kind: u16, flags: u16, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = (MESSAGE_HEADER + body.len()) as u32;
    let mut bytes = Vec::with_capacity(MESSAGE_HEADER + body.len());
    bytes.extend_from_slice(&length.to_ne_bytes());
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(&flags.to_ne_bytes());
    bytes.extend_from_slice(&sequence.to_ne_bytes());
    // The port of the sender: the kernel fills it in.
    bytes.extend_from_slice(&0u32.to_ne_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// Appends an attribute to the body of a request.
pub fn push_attribute(body: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = (ATTRIBUTE_HEADER + value.len()) as u16;
    body.extend_from_slice(&length.to_ne_bytes());
    body.extend_from_slice(&kind.to_ne_bytes());
    body.extend_from_slice(value);
    body.resize(aligned(body.len()), 0);
}
