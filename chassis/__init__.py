"""What every logi process stands on, and nothing that knows of identity."""
