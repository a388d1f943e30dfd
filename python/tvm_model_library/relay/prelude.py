"""Relay's standard data types and functions: lists, options, trees.

A text printed by TVM brings along whatever it uses of the prelude. To write a text against it, give
:func:`prelude` as ``base`` to :func:`tvm_model_library.relay.parser.parse_module`. Names and types are those of
TVM 0.18 (python/tvm/relay/std/prelude.rly).
"""

from __future__ import annotations

from functools import cache

from tvm_model_library.relay import ast
from tvm_model_library.relay.parser import parse_module

_TEXT = """#[version = "0.0.5"]
type List[A] { Cons(A, List[A]), Nil, }
type Option[A] { Some(A), None, }
// A node with its children.
type Tree[A] { Rose(A, List[Tree[A]]), }

def @id[A](%value: A) -> A { %value }
def @compose[A, B, C](%outer: fn (B) -> C, %inner: fn (A) -> B) -> fn (A) -> C {
  fn (%value: A) -> C { %outer(%inner(%value)) }
}
def @flip[A, B, C](%f: fn (A, B) -> C) -> fn (B, A) -> C {
  fn (%second: B, %first: A) -> C { %f(%first, %second) }
}
def @iterate[A](%f: fn (A) -> A, %times: int32) -> fn (A) -> A {
  fn (%value: A) -> A {
    if (%times == 0) { %value } else {
      let %once = %f(%value);
      let %rest = @iterate(%f, %times - 1);
      %rest(%once)
    }
  }
}

def @hd[A](%list: List[A]) -> A { match? (%list) { Cons(%first, _) => %first } }
def @tl[A](%list: List[A]) -> List[A] { match? (%list) { Cons(_, %others) => %others } }
def @nth[A](%list: List[A], %index: int32) -> A {
  match? (%list) {
    Cons(%first, %others) => if (%index == 0) { %first } else { @nth(%others, %index - 1) },
  }
}
def @update[A](%list: List[A], %index: int32, %value: A) -> List[A] {
  match? (%list) {
    Cons(%first, %others) => if (%index == 0) { Cons(%value, %others) } else {
      Cons(%first, @update(%others, %index - 1, %value))
    },
  }
}

// foldl combines from the front, foldr from the back; foldr1 starts with the last item.
def @foldl[A, B](%f: fn (A, B) -> A, %start: A, %list: List[B]) -> A {
  match (%list) {
    Nil => %start,
    Cons(%first, %others) => @foldl(%f, %f(%start, %first), %others),
  }
}
def @foldr[A, B](%f: fn (A, B) -> B, %end: B, %list: List[A]) -> B {
  match (%list) {
    Nil => %end,
    Cons(%first, %others) => %f(%first, @foldr(%f, %end, %others)),
  }
}
def @foldr1[A](%f: fn (A, A) -> A, %list: List[A]) -> A {
  match? (%list) {
    Cons(%last, Nil) => %last,
    Cons(%first, %others) => %f(%first, @foldr1(%f, %others)),
  }
}

def @length[A](%list: List[A]) -> int32 {
  @foldl(fn (%count: int32, %item: A) -> int32 { %count + 1 }, 0, %list)
}
def @sum(%list: List[int32]) -> int32 {
  @foldl(fn (%total: int32, %item: int32) -> int32 { %total + %item }, 0, %list)
}
def @concat[A](%front: List[A], %back: List[A]) -> List[A] { @foldr(Cons, %back, %front) }
def @rev[A](%list: List[A]) -> List[A] {
  @foldl(fn (%done: List[A], %item: A) -> List[A] { Cons(%item, %done) }, Nil, %list)
}
def @map[A, B](%f: fn (A) -> B, %list: List[A]) -> List[B] {
  match (%list) {
    Nil => Nil,
    Cons(%first, %others) => Cons(%f(%first), @map(%f, %others)),
  }
}
def @filter[A](%keep: fn (A) -> bool, %list: List[A]) -> List[A] {
  match (%list) {
    Nil => Nil,
    Cons(%first, %others) => {
      let %kept = @filter(%keep, %others);
      if (%keep(%first)) { Cons(%first, %kept) } else { %kept }
    },
  }
}
def @zip[A, B](%left: List[A], %right: List[B]) -> List[(A, B)] {
  match ((%left, %right)) {
    (Cons(%a, %as), Cons(%b, %bs)) => Cons((%a, %b), @zip(%as, %bs)),
    _ => Nil,
  }
}

// A map that hands a state from item to item: from the front (accuml) or from the back (accumr).
def @map_accuml[A, B, C](%f: fn (A, B) -> (A, C), %state: A, %list: List[B]) -> (A, List[C]) {
  match (%list) {
    Nil => (%state, Nil),
    Cons(%first, %others) => {
      let %here = %f(%state, %first);
      let %after = @map_accuml(%f, %here.0, %others);
      (%after.0, Cons(%here.1, %after.1))
    },
  }
}
def @map_accumr[A, B, C](%f: fn (A, B) -> (A, C), %state: A, %list: List[B]) -> (A, List[C]) {
  match (%list) {
    Nil => (%state, Nil),
    Cons(%first, %others) => {
      let %after = @map_accumr(%f, %state, %others);
      let %here = %f(%after.0, %first);
      (%here.0, Cons(%here.1, %after.1))
    },
  }
}

// Lists grown from a seed, until there is None.
def @unfoldr[A, B](%grow: fn (A) -> Option[(A, B)], %seed: A) -> List[B] {
  match (%grow(%seed)) {
    None => Nil,
    Some(%step) => Cons(%step.1, @unfoldr(%grow, %step.0)),
  }
}
def @unfoldl[A, B](%grow: fn (A) -> Option[(A, B)], %seed: A) -> List[B] { @rev(@unfoldr(%grow, %seed)) }

def @tmap[A, B](%f: fn (A) -> B, %tree: Tree[A]) -> Tree[B] {
  match (%tree) {
    Rose(%value, %children) => Rose(%f(%value), @map(fn (%child: Tree[A]) -> Tree[B] { @tmap(%f, %child) }, %children)),
  }
}
def @size[A](%tree: Tree[A]) -> int32 {
  match (%tree) {
    Rose(_, %children) => 1 + @sum(@map(fn (%child: Tree[A]) -> int32 { @size(%child) }, %children)),
  }
}
"""


@cache
def prelude() -> ast.Module:
    """The module of the standard definitions."""
    return parse_module(_TEXT, "<prelude>")
