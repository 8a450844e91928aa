"""Second factors whatever their kind: what an account has enrolled, tries, and sign-ins that still owe one."""
