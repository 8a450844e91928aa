"""`python -m gateway` lives as the gateway."""

from chassis import life
from gateway.app import NAME, build
from gateway.settings import Settings

if __name__ == "__main__":
    life.main(NAME, Settings, build)
