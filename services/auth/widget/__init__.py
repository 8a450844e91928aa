"""Sign-in inside a relying party's own page: a frame of ours with the picture, for listed origins (auth.md 2.5)."""
