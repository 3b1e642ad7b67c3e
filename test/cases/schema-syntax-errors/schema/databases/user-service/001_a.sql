CREATE TABLE "Users" (
	"Id" uuid,
	"Name" varchar(200) NOT NUL
);
