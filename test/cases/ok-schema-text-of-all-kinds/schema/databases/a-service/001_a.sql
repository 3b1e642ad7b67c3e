SELECT 'U+2028  , NEL , a tab 	, {{ braces }}, 😀';


