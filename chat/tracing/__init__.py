"""Spans for OpenTelemetry: an extra, off unless OTEL_EXPORTER_OTLP_ENDPOINT is set.

Made of the outcome of a request, as its row is. No text is in them.
"""
