// Sends the one form of a page that is only a way station. Without scripts its button does.
document.querySelector("form[data-send]").submit();
