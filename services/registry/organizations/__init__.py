"""Developer organisations: who may see and manage which applications."""
