"""Signing in at other providers: Google, Apple, Kakao, GitHub, whoever speaks OpenID Connect or OAuth 2.0."""
