export default { client: 'pg', connection: process.env.NODE_URL };
