"""HTTP exchanges and questions over NATS (ADR 1).

`serve.http` answers exchanges with an ASGI app, `call.Caller` sends them; `questions.ask` and `questions.answer` are
the synchronous requests between services.
"""
