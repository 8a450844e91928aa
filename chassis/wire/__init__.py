"""HTTP exchanges and questions over NATS (design.md section 3).

`serve.http` answers exchanges with an ASGI app, `call.Caller` sends them; `questions.ask` and `questions.answer` are
the synchronous requests between services.
"""
