"""The page and the HTTP interface: what a Reader can do, for people and programs that have no command line.

`app.create_app(reader, store, settings)` is all of it as an ASGI application; `http_server.make_server` serves it as
`digits serve` does. Extra `[serve]`.
"""
