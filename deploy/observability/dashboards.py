"""Grafana dashboards as code: `python -m deploy.observability.dashboards` writes dashboards/*.json.

Every metric in them is one that the code emits; a test compares.
"""

import json
from pathlib import Path

from deploy.observability.panels import Panel, Traces, dashboard, quantile, rate

FOLDER = Path(__file__).parent / "dashboards"

_REQUESTS = "http_server_request_duration_seconds"
_CHOSEN = 'job=~"$job"'
_GATEWAY = 'job="gateway"'
_FAILED = 'http_response_status_code=~"5.."'
_FAILED_SHARE = (
    rate(f"{_REQUESTS}_count", "job", f"{_CHOSEN}, {_FAILED}") + " / " + rate(f"{_REQUESTS}_count", "job", _CHOSEN)
)
_ROUTE = "http_request_method, http_route"
_ROUTE_LEGEND = "{{http_request_method}} {{http_route}}"


def _quantiles(histogram: str, by: str, legend: str, where: str = "") -> tuple[tuple[str, str], ...]:
    return tuple((quantile(share, histogram, by, where), f"p{share * 100:.0f} {legend}") for share in (0.5, 0.95, 0.99))


REQUESTS = (
    Panel("Rate by process", ((rate(f"{_REQUESTS}_count", "job", _CHOSEN), "{{job}}"),), "reqps"),
    Panel(
        "Errors by process",
        ((_FAILED_SHARE, "{{job}}"),),
        "percentunit",
        "Share of answers with a 5xx status.",
    ),
    Panel("Duration by process", _quantiles(_REQUESTS, "job", "{{job}}", _CHOSEN), "s"),
    Panel("Rate by route", ((f"topk(15, {rate(f'{_REQUESTS}_count', _ROUTE, _GATEWAY)})", _ROUTE_LEGEND),), "reqps"),
    Panel(
        "Errors by route",
        ((f"topk(15, {rate(f'{_REQUESTS}_count', f'{_ROUTE}, outcome', f'{_GATEWAY}, {_FAILED}')})", _ROUTE_LEGEND),),
        "reqps",
    ),
    Panel("p95 by route", ((f"topk(15, {quantile(0.95, _REQUESTS, _ROUTE, _GATEWAY)})", _ROUTE_LEGEND),), "s"),
    Panel(
        "Answers by status",
        ((rate(f"{_REQUESTS}_count", "http_response_status_code", _GATEWAY), "{{http_response_status_code}}"),),
        "reqps",
    ),
    Panel(
        "Between gateway and services",
        (
            (rate("wire_busy_total", "job", _CHOSEN), "busy {{job}}"),
            (rate("wire_died_total", "service, pool"), "died {{service}} {{pool}}"),
            (rate("wire_retried_total", "service, reason"), "again {{service}} {{reason}}"),
            (rate("wire_working_total", "service, pool"), "working {{service}} {{pool}}"),
        ),
        "reqps",
        "Busy: refused, nothing had room. Died: an instance fell silent. Working: past 250 ms.",
    ),
    Panel("In flight", (("sum by (job) (wire_in_flight)", "{{job}}"),)),
    Panel(
        "Questions between services",
        _quantiles("question_answered_duration_seconds", "question", "{{question}}"),
        "s",
    ),
    Panel(
        "Callers and documents",
        (
            (rate("gateway_principal_total", "source"), "caller from {{source}}"),
            (rate("gateway_document_total", "outcome"), "document {{outcome}}"),
        ),
        "reqps",
    ),
    Panel(
        "Hung up or unreadable",
        (
            (rate("gateway_disconnected_total", "job"), "hung up"),
            (rate("gateway_unreadable_total", "why"), "unreadable: {{why}}"),
        ),
        "reqps",
    ),
)

EVENTS = (
    Panel("Waiting in the outbox", (("max by (job) (events_outbox_waiting_seconds)", "{{job}}"),), "s"),
    Panel("Numbered, not yet sent", (("max by (job) (events_outbox_unpublished)", "{{job}}"),)),
    Panel("Published", ((rate("events_published_total", "job"), "{{job}}"),), "reqps"),
    Panel(
        "Listener lag",
        (("max by (job, producer) (events_listener_lag)", "{{job}} behind {{producer}}"),),
        told="Positions announced and not yet applied.",
    ),
    Panel(
        "Listener behind",
        (("max by (job, producer) (events_listener_behind_seconds)", "{{job}} behind {{producer}}"),),
        "s",
    ),
    Panel(
        "From announcement to effect",
        _quantiles("events_effect_seconds", "job, producer", "{{producer}} → {{job}}"),
        "s",
    ),
    Panel("Applied", ((rate("event_applied_duration_seconds_count", "job, tag"), "{{job}} {{tag}}"),), "reqps"),
    Panel(
        "Parked, rebuilt, stopped",
        (
            (rate("events_parked_total", "job, tag"), "parked {{job}} {{tag}}"),
            (rate("events_rebuilt_total", "job, reason"), "rebuilt {{job}} {{reason}}"),
            (rate("events_stopped_total", "job, producer"), "stopped {{job}} {{producer}}"),
        ),
        "reqps",
    ),
    Panel(
        "Effects not confirmed in time",
        ((rate("registry_effect_pending_total", "peer"), "{{peer}}"),),
        "reqps",
        "Writes that were answered with propagation: pending.",
    ),
)

DELIVERY = (
    Panel(
        "Accepted for applications",
        ((rate("delivery_events_accepted_total", "event_type"), "{{event_type}}"),),
        "reqps",
    ),
    Panel("Webhook attempts", ((rate("delivery_attempts_total", "result"), "{{result}}"),), "reqps"),
    Panel(
        "Per tier",
        (
            (rate("delivery_attempts_total", "result", 'result="delivered"'), "1 pushed"),
            (rate("delivery_events_polled_total", "job"), "2 polled"),
            (rate("token_issued_duration_seconds_count", "outcome", 'outcome="ok"'), "3 tokens with claims"),
            (rate("delivery_ssf_tokens_total", "method, result"), "streams {{method}} {{result}}"),
        ),
        "reqps",
    ),
    Panel(
        "Lag from acceptance to the receiver",
        _quantiles("delivery_lag_seconds", "job", ""),
        "s",
        "Of webhooks that the first attempt delivered.",
    ),
    Panel(
        "What waits",
        (
            ("max(delivery_oldest_undelivered_seconds)", "the oldest undelivered"),
            ("max(delivery_overdue_seconds)", "overdue, in nobody's hands"),
        ),
        "s",
    ),
    Panel(
        "Rows and receivers",
        (
            ("max(delivery_waiting)", "waiting"),
            ("max(delivery_dead_letters)", "dead letters"),
            ("max(delivery_open_circuits)", "open circuits"),
            ("max(delivery_disabled_endpoints)", "disabled endpoints"),
        ),
    ),
    Panel("Webhook duration", _quantiles("webhook_post_duration_seconds", "job", ""), "s"),
    Panel(
        "Delivery's lag behind auth",
        (('max by (producer) (events_listener_behind_seconds{job="delivery"})', "{{producer}}"),),
        "s",
    ),
    Panel(
        "Requests to others",
        ((rate("outbound_request_seconds_count", "job, outcome"), "{{job}} {{outcome}}"),),
        "reqps",
    ),
    Panel("Duration of requests to others", _quantiles("outbound_request_seconds", "job", "{{job}}"), "s"),
    Panel(
        "Mail",
        (
            (rate("mail_sent_duration_seconds_count", "kind, outcome"), "{{kind}} {{outcome}}"),
            (rate("mail_failed_total", "job"), "given up"),
        ),
        "reqps",
    ),
)

IDENTITY = (
    Panel(
        "Tokens",
        ((rate("token_issued_duration_seconds_count", "grant_type, outcome"), "{{grant_type}} {{outcome}}"),),
        "reqps",
    ),
    Panel("Duration of tokens", _quantiles("token_issued_duration_seconds", "grant_type", "{{grant_type}}"), "s"),
    Panel("Codes", ((rate("code_issued_duration_seconds_count", "outcome"), "{{outcome}}"),), "reqps"),
    Panel("Hosts checked", ((rate("redirect_uri_checked_duration_seconds_count", "outcome"), "{{outcome}}"),), "reqps"),
    Panel("Duration of a check", _quantiles("redirect_uri_checked_duration_seconds", "job", ""), "s"),
    Panel(
        "Rows whose time had passed",
        ((rate("auth_purged_total", "table"), "{{table}}"),),
        "reqps",
    ),
)

GROUND = (
    Panel(
        "Refused by a rate limit",
        ((rate("gateway_limited_total", "policy, blind"), "{{policy}} blind={{blind}}"),),
        "reqps",
    ),
    Panel(
        "Blind",
        (("sum by (instance) (rate(limits_blind_seconds[$__rate_interval]))", "{{instance}}"),),
        "percentunit",
        "Share of time in which a gateway decided limits without Redis.",
    ),
    Panel("Sign-ins turned away by a full queue", ((rate("password_queue_full_total", "job"), "{{job}}"),), "reqps"),
    Panel("Postgres connections in use", (("max by (job) (postgres_pool_used)", "{{job}}"),)),
    Panel("NATS errors", ((rate("nats_errors_total", "job, kind"), "{{job}} {{kind}}"),), "reqps"),
    Panel(
        "CPU", ((rate("process_cpu_seconds_total", "job, instance", _CHOSEN), "{{job}} {{instance}}"),), "percentunit"
    ),
    Panel("Memory", ((f"process_resident_memory_bytes{{{_CHOSEN}}}", "{{job}} {{instance}}"),), "bytes"),
    Panel("Open files", ((f"process_open_fds{{{_CHOSEN}}}", "{{job}} {{instance}}"),)),
    Panel("Instances", (("sum by (job) (up)", "{{job}}"),)),
)

TRACES = (
    Traces("Failed at the gateway", '{resource.service.name="gateway" && kind=server && status=error}'),
    Traces("Slow at the gateway", '{resource.service.name="gateway" && kind=server && duration>1s}'),
    Traces("Slow transactions", '{name="postgres.transaction" && duration>250ms}'),
    Traces("Events whose effect failed", '{name="event.applied" && status=error}'),
    Traces("Slow webhooks", '{name="webhook.post" && duration>5s}', "The receiver's time is in them."),
    Traces("Mail that failed", '{name="mail.sent" && status=error}'),
)

DASHBOARDS = {
    "requests": dashboard("logi-requests", "logi requests", REQUESTS),
    "events": dashboard("logi-events", "logi events", EVENTS),
    "delivery": dashboard("logi-delivery", "logi delivery and mail", DELIVERY),
    "identity": dashboard("logi-identity", "logi tokens and proofs", IDENTITY),
    "ground": dashboard("logi-ground", "logi limits and resources", GROUND),
    "traces": dashboard("logi-traces", "logi traces", TRACES),
}


def documents() -> dict[Path, str]:
    """Each file with the text that it should have."""
    return {
        FOLDER / f"{name}.json": json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        for name, content in DASHBOARDS.items()
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in documents().items():
        path.write_text(text)
