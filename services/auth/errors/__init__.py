"""The page that every `error_uri` leads to: each code with its cause and its cure."""
