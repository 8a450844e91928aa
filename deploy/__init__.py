"""How the platform is put somewhere: the local stack, containers, Kubernetes."""
