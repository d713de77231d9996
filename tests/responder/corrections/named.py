"""Somebody who is named in posts of the tests."""

NUMBER = "+258 84 555 0143"
NAME = "Zelda Quarrow"
TEXT = f"{NAME} is missing in Beira since Monday, call {NUMBER} or 84 555 0143"
