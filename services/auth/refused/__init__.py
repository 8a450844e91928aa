"""One refused request of an application, for the people behind it: what X-Logi-Console-Url leads to (auth.md 3.10)."""
