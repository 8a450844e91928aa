"""What the gateway counts; NAMES is what dashboards may use.

Rate, errors and duration per route are the duration metric of the unit `http.server.request`.
"""

from chassis import metrics

NAMES = (
    "http.server.request.duration",
    "gateway.unreadable",
    "gateway.disconnected",
    "gateway.principal",
    "gateway.document",
    "gateway.limited",
    "limits.blind",
)

unreadable = metrics.counter("gateway.unreadable", description="Connections ended before there was a request, by why.")
disconnected = metrics.counter("gateway.disconnected", description="Exchanges whose client hung up first.")
principal = metrics.counter("gateway.principal", description="Callers looked up, by source: memory or auth.")
document = metrics.counter("gateway.document", description="Public documents served, by outcome: hit, miss, stale …")
limited = metrics.counter("gateway.limited", description="Requests refused by a rate limit, by policy.")
