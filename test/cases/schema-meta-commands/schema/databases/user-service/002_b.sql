/* hidden */ \connect postgres
