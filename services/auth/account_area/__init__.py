"""The account area: one layout with a navigation, in which every page of a person's own account stands.

A page is added by a template `{% extends "area.html" %}{% set area = "security" %}` that fills `title` and `content`,
rendered with `visitor=await visitor(request, ground)`; a new entry of the navigation is a pair in `pages/area.html` and
its word `area.<name>` in both languages. What concerns security gets no entry of its own but a `Card` (`cards.py`) in
`security.CARDS`, and its page sets `area = "security"`.
"""
