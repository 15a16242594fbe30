"""ircockpit: a terminal workstation for responders to generative-AI incidents."""

__version__ = "0.1.0"
