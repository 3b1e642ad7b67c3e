-- üü 😀
SELECT '😀' FROM WHERE;
