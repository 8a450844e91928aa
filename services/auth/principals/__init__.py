"""Whose credential is this: the answer for the gateway, and the beat that says when an answer is out of date."""
