"""Runs of a bundle in; OTLP JSON lines out, whose spans are named by OpenTelemetry's conventions for generative AI."""
