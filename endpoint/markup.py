"""XML that every reader takes: written by ElementTree, without letters that XML does not have.

Names are written with their prefixes, which the outermost element declares: so each document has
the prefixes that its readers are used to, and none of its own making.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement, TreeBuilder
from xml.parsers import expat

# All but these may stand in a document (XML 1.0, 2.2).
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FORBIDDEN_BYTES = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")  # in UTF-8


def legal(text: str) -> str:
    """A text without what XML cannot hold.

    >>> legal("a\\x00b")
    'a\ufffdb'
    """
    return FORBIDDEN.sub("\ufffd", text)


def exact(written: bytes) -> bytes:
    """XML as an engine wrote it, so that every reader takes it and reads the same line ends.

    Engines write what XML cannot hold, which would make the whole document unreadable for one
    letter; and a carriage return as it is, of which readers make a line feed (XML 1.0, 2.11).

    >>> exact(b"<a>b\\x00c\\r\\n</a>").decode()
    '<a>b\ufffdc&#xD;\\n</a>'
    """
    return FORBIDDEN_BYTES.sub("\ufffd".encode(), written).replace(b"\r", b"&#xD;")


def add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    """Put an element at the end of another."""
    element = SubElement(parent, name, {key: legal(value) for key, value in attributes.items()})
    if text:
        element.text = legal(text)
    return element


def parsed(text: bytes) -> Element:
    """An element as it was written, with its prefixes and their declarations."""
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.Parse(text, True)
    return builder.close()


def document(root: Element) -> bytes:
    """A whole document."""
    ElementTree.indent(root, " ")
    whole: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return exact(whole) + b"\n"
